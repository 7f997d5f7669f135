"""Tests, by room. A package, because another package of this name lies in site-packages."""
