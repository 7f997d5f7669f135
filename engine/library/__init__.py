"""Tracks: an audio file and its JSON record side by side; the index in the database can be made again from them."""
