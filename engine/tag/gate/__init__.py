"""Whether a sound is music, a song, speech, silence or something else: asked before anything is said of its music."""
