"""The notes of a sound, heard by Basic Pitch, and their MIDI file."""
