"""Words, covers, lyrics and chapters in sound files (mutagen): read from every container, written into any.

One file a container; `model` is what they have in common, `names` what a tag is called where. See docs/tags.md.
"""

from engine.audio.tags.levels import MeasuredLoudness, retuned, tells_loudness
from engine.audio.tags.model import Broadcast, Chapter, Cover, Loop, SamplerSettings, Tags
from engine.audio.tags.names import NAMES, OWN
from engine.audio.tags.reading import read_tags, title_of
from engine.audio.tags.writing import replace_values, restore_values, store_tags, write_tags

__all__ = [
    "NAMES", "OWN", "Broadcast", "Chapter", "Cover", "Loop", "MeasuredLoudness", "SamplerSettings", "Tags",
    "read_tags", "replace_values", "restore_values", "retuned", "store_tags", "tells_loudness", "title_of",
    "write_tags",
]  # fmt: skip
