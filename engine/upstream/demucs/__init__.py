"""Demucs's networks from disk in whatever form they come: `/split` runs them, MusicGen hears melodies through them."""
