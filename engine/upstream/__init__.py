"""How model packages of 2023 and 2024 import beside today's torch: one file a package. Worker side only."""
