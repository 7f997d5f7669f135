"""The score of a piece that is offered as an example."""

from engine.generate.composer.arrangement import write
from engine.generate.composer.plan import draw_up
from engine.generate.composer.prompt import understand
from engine.generate.composer.sampling import Sampling
from engine.generate.composer.score import Score
from engine.generate.examples import Example
from engine.generate.params import GenerateParams


def score_of(example: Example) -> Score:
    """The score, as written."""
    params = GenerateParams(prompt=example.prompt, duration=example.duration_s, seed=example.seed)
    sampling = Sampling(params.seed, params.temperature, params.top_k, params.top_p, params.cfg_coef)
    return write(draw_up(understand(params.prompt), params.duration, sampling), sampling)
