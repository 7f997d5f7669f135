"""How fast a sound is counted: TempoCNN names the octave, BeatNet the beats."""
