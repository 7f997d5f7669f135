"""CLaMP 3 (Wu et al. 2025, arXiv:2502.10362): music and words as vectors that can be compared.

Sound is heard through MERT; figures and layouts follow sanderwood/clamp3, files in the form of its `code/` and
`preprocessing/audio/`. Its symbolic tower is not read.
"""
