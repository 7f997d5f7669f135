"""musicnn (Pons and Serra 2019): what listeners would tag a sound with, and where it lies among other music."""
