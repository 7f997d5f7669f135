"""Pieces worth hearing first: each can be made again from its line, the score on every platform alike."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Example:
    """All other parameters have their defaults."""

    language: str
    prompt: str
    duration_s: float
    seed: int

    @property
    def line(self) -> str:
        """What to type into the chat."""
        return f"/generate {self.prompt} duration={self.duration_s:g} seed={self.seed}"


EXAMPLES = (
    Example("en", "calm solo piano in D major, slow, 3/4", 30, 24),
    Example("en", "lo-fi hip hop for a rainy evening, electric piano, 78 bpm", 40, 32),
    Example("en", "epic orchestral film score in D minor, French horns and choir, build up", 40, 18),
    Example("en", "bossa nova with nylon guitar and flute, 128 bpm, F major", 30, 32),
    Example("en", "house: intro, build, drop, breakdown, drop; 124 bpm, A minor", 60, 38),
    Example("en", "elegant string quartet in G minor", 30, 39),
    Example("en", "seamless chiptune loop, 150 bpm, C major", 12.8, 23),
    Example("ru", "русская народная песня: балалайка и баян, 100 bpm, ре минор", 30, 16),
    Example("ru", "медленный ночной джаз с саксофоном и контрабасом, без ударных", 40, 14),
    Example("ru", "ностальгический синтвейв, 100 bpm, ля минор", 40, 16),
    Example("ru", "спокойное фортепиано, медленно, до мажор", 30, 21),
    Example("ru", "эпическая оркестровая музыка с валторнами и хором, ре минор", 40, 18),
    Example("ru", "босса-нова с гитарой и флейтой, 128 bpm, фа мажор", 30, 32),
    Example("zh", "安静的钢琴独奏，慢板，C大调", 30, 24),
    Example("zh", "史诗管弦乐，圆号和合唱，d小调", 40, 18),
    Example("zh", "lo-fi，电钢琴，78 bpm", 40, 32),
    Example("zh", "浩室，124 bpm，a小调", 40, 38),
    Example("zh", "古风，古筝、二胡和笛子，a小调，80 bpm，不要鼓", 30, 16),
    Example("zh", "欢快的放克，106 bpm，e小调，小号和贝斯", 30, 31),
)

SHOWN = 6
"""So many of a language are offered on the empty page."""


def by_language() -> dict[str, list[dict[str, Any]]]:
    """Language -> parameters of its first SHOWN pieces."""
    found: dict[str, list[dict[str, Any]]] = {}
    for example in EXAMPLES:
        params = {"prompt": example.prompt, "duration": example.duration_s, "seed": example.seed}
        found.setdefault(example.language, []).append(params)
    return {language: pieces[:SHOWN] for language, pieces in found.items()}
