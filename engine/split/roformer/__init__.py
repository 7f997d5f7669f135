"""BS-RoFormer: band-split rotary transformers that mask the mixture's spectrogram (Lu et al. 2023, arXiv:2309.02612)."""
