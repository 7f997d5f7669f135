"""The parts of the chain: each hears a stream in contiguous blocks of one size and remembers what it must in between."""
