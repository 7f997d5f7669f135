"""REST, version 1: what programs may build on. Each operation is defined once: served, checked and documented."""
