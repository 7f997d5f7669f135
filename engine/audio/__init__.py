"""Sound files and sound as numbers: decode, encode, tags, resample, loudness, peaks.

Audio is `float32 [channels, samples]`, full scale at ±1. Whatever may be long travels as an iterator of such blocks.
"""
