"""From writing to speech: numbers, signs and foreign letters as words, words as phonemes."""
