"""Who speaks each line, who these characters are, and which voices play them."""

from engine.drama.cast.attribution import attribute
from engine.drama.cast.doubtful import DOUBTFUL, doubtful, is_doubtful
from engine.drama.cast.language_model import LabelModel, label_lines
from engine.drama.cast.voices import cast_voices

__all__ = ["DOUBTFUL", "LabelModel", "attribute", "cast_voices", "doubtful", "is_doubtful", "label_lines"]
