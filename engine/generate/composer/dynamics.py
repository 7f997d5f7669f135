"""How loudly each part plays: its role, the section's intensity, the swell of phrases, growth and decay."""

from engine.generate.composer.plan import Plan
from engine.generate.composer.score import Section

_LOUDNESS = {"melody": 92, "counter": 76, "chords": 72, "arpeggio": 68, "pad": 66, "bass": 88, "drums": 92}
_SHAPES = {"build": (-14.0, 14.0), "outro": (0.0, -16.0), "intro": (-6.0, 2.0)}
"""Velocity added at the beginning and at the end of a section."""


def velocity(plan: Plan, role: str, section: Section, tick: int = 0, accent: float = 0.0) -> int:
    """MIDI velocity 22..122 of a note at `tick` of its section."""
    softer = plan.genre.dynamics * (0.9 - section.intensity)
    begin, end = _SHAPES.get(section.name, (0.0, 0.0))
    total = max(1, section.bars * plan.metre.bar_ticks)
    shape = (begin + (end - begin) * min(tick, total) / total) * (0.4 + plan.genre.dynamics)
    return round(max(22.0, min(122.0, _LOUDNESS[role] * (1.0 - 0.6 * softer + 0.12 * plan.energy) + shape + accent)))


def swell(plan: Plan, tick: int) -> float:
    """A phrase of four bars grows to its middle and sinks; the first of a pulse is a little louder."""
    phrase = 4 * plan.metre.bar_ticks
    within = (tick % phrase) / phrase
    return 10.0 * (1.0 - abs(2 * within - 0.9)) + (4.0 if plan.metre.on_pulse(tick) else 0.0) - 4.0
