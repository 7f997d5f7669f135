"""Demucs: the network is the package's own, the running of it is ours."""
