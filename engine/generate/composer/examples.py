"""Pieces worth hearing first: each can be made again from its line, the score on every platform alike."""

from dataclasses import dataclass

from engine.generate.composer.arrangement import write
from engine.generate.composer.plan import draw_up
from engine.generate.composer.prompt import understand
from engine.generate.composer.sampling import Sampling
from engine.generate.composer.score import Score
from engine.generate.params import GenerateParams


@dataclass(frozen=True)
class Example:
    """All other parameters have their defaults."""

    prompt: str
    duration_s: float
    seed: int

    @property
    def line(self) -> str:
        """What to type into the chat."""
        return f"/generate {self.prompt} duration={self.duration_s:g} seed={self.seed}"

    @property
    def score(self) -> Score:
        """The score, as written."""
        params = GenerateParams(prompt=self.prompt, duration=self.duration_s, seed=self.seed)
        sampling = Sampling(params.seed, params.temperature, params.top_k, params.top_p, params.cfg_coef)
        return write(draw_up(understand(params.prompt), params.duration, sampling), sampling)


EXAMPLES = (
    Example("calm solo piano in D major, slow, 3/4", 30, 24),
    Example("lo-fi hip hop for a rainy evening, electric piano, 78 bpm", 40, 32),
    Example("epic orchestral film score in D minor, French horns and choir, build up", 40, 18),
    Example("bossa nova with nylon guitar and flute, 128 bpm, F major", 30, 32),
    Example("house: intro, build, drop, breakdown, drop; 124 bpm, A minor", 60, 38),
    Example("elegant string quartet in G minor", 30, 39),
    Example("seamless chiptune loop, 150 bpm, C major", 12.8, 23),
    Example("русская народная песня: балалайка и баян, 100 bpm, ре минор", 30, 16),
    Example("медленный ночной джаз с саксофоном и контрабасом, без ударных", 40, 14),
    Example("ностальгический синтвейв, 100 bpm, ля минор", 40, 16),
    Example("古风，古筝、二胡和笛子，a小调，80 bpm，不要鼓", 30, 16),
    Example("欢快的放克，106 bpm，e小调，小号和贝斯", 30, 31),
)
