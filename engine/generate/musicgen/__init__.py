"""MusicGen: language models over codes of sound, in the checkpoints of audiocraft."""
