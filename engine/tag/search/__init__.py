"""Tracks by words and by likeness: what a text asks for, what a track is, and how well they go together.

Pure functions over arrays and texts, for a light worker: no model but the sentence encoder, no torch.
"""
