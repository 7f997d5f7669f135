"""Key and chords of a sound: by our own method, or by madmom's networks, from one spectrum."""
