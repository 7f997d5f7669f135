"""A composition: from the prompt to music on paper."""

from dataclasses import dataclass

from engine.generate.composer import arrangement
from engine.generate.composer.performance import perform
from engine.generate.composer.plan import Plan, draw_up
from engine.generate.composer.prompt import PromptIntent, understand
from engine.generate.composer.reference import Reference, moved
from engine.generate.composer.sampling import Sampling
from engine.generate.composer.score import Score


@dataclass(frozen=True)
class Composition:
    """Music on paper: what was understood, the plan, the score as written and as played."""

    intent: PromptIntent
    plan: Plan
    written: Score
    played: Score


def compose(
    prompt: str, duration_s: float, sampling: Sampling, reference: Reference | None = None, *, loop: bool | None = None
) -> Composition:
    """Write the piece, a loop or not; None is as the words say. Pure: the same arguments give the same composition on
    every platform."""
    intent = understand(prompt)
    if reference and intent.tonic is not None:
        reference = moved(reference, intent.tonic, intent.mode or reference.mode or "major")
    plan = draw_up(intent, duration_s, sampling, reference, loop=loop)
    written = arrangement.write(plan, sampling)
    return Composition(intent, plan, written, perform(written, plan, sampling))
