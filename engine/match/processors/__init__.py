"""The parts of the chain: each hears contiguous blocks of one size and remembers what it must in between."""
