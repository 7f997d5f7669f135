"""Sounds made from nothing: each a function of a module here, drawn by chance that a seed fixes.

`FUNCTION(studio: Studio, *, PARAMETER: float, ...) -> Audio`, float32 [2, samples] of any level: who calls brings it to
the level that its tag has. An ambience is as long as `studio.wanted_s` or a little longer, and its end runs on into its
beginning. `../made.toml` lists them, with their parameters.
"""
