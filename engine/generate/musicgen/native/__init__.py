"""The fast runtime on a CPU: 8-bit weights, 16-bit activations and cache, one compiled function for a whole step.

What was tried and what it gave stands in docs/musicgen.md.
"""
