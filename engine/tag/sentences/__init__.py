"""What a sentence means, as a vector: the multilingual Universal Sentence Encoder v3 in numpy."""

from engine.tag.sentences.encoder import SentenceEncoder

__all__ = ["MODEL", "SentenceEncoder"]

MODEL = "sentence-encoder"
"""Of the catalogue."""
