"""BS-RoFormer: rotary transformers over bands and time mask the spectrogram (Lu et al. 2023, arXiv:2309.02612)."""
