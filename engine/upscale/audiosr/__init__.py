"""AudioSR (arXiv:2309.07314): a latent diffusion model that gives sound its treble back, at 48 kHz."""
