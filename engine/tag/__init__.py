"""`/tag`: what is in a sound: mood, genre, instruments, tempo, key, chords, voice or not."""
