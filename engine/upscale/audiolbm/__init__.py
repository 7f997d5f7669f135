"""AudioLBM, latent bridge models for 48, 96 and 192 kHz (Li et al., arXiv 2509.17609), for checkpoints of your own."""
