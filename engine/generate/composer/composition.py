"""A composition: from the prompt to music on paper."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.generate.composer import arrangement
from engine.generate.composer.edit import Edit
from engine.generate.composer.performance import perform
from engine.generate.composer.plan import Plan, draw_up
from engine.generate.composer.prompt import PromptIntent, understand
from engine.generate.composer.reference import Reference, moved
from engine.generate.composer.revise import Revision, revised
from engine.generate.composer.sampling import Sampling
from engine.generate.composer.score import Score
from engine.generate.composer.sheet import Sheet


@dataclass(frozen=True)
class Composition:
    """Music on paper: what was understood, the plan, the score as written and as played."""

    intent: PromptIntent
    plan: Plan
    written: Score
    played: Score


@dataclass(frozen=True)
class Recomposition:
    """A composition after edits, how long it is, and what the last of them changed and could not change."""

    composition: Composition
    duration_s: float
    revision: Revision


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


def recompose(
    prompt: str,
    duration_s: float,
    sampling: Sampling,
    steps: Sequence[Sequence[Edit]],
    reference: Reference | None = None,
    *,
    loop: bool = False,
) -> Recomposition:
    """The piece that `compose` writes, after edits, step by step. Pure as that is."""
    first = compose(prompt, duration_s, sampling, reference, loop=loop)
    revision = Revision(Sheet(first.plan, first.written, duration_s))
    for edits in steps:
        seeds = [int(edit.value) for edit in edits if edit.kind == "anew"]
        revision = revised(revision.sheet, edits, sampling)
        if seeds:
            sampling = replace(sampling, seed=seeds[-1])
    sheet = revision.sheet
    played = perform(sheet.score, sheet.plan, sampling)
    return Recomposition(Composition(first.intent, sheet.plan, sheet.score, played), sheet.duration_s, revision)
