"""What the words say of places, weather, time, mood and feelings, and which sounds follow from that.

The tables of `tables/` say which words mean what, in three languages.
"""

from engine.drama.scenes.clips import add_clips
from engine.drama.scenes.feelings import feel
from engine.drama.scenes.manner import Manner, manner
from engine.drama.scenes.scenes import find_scenes

__all__ = ["Manner", "add_clips", "feel", "find_scenes", "manner"]
