"""Who speaks in turn: the likeliest speakers of a conversation, all its dialogue weighed together.

A chain of speakers of second order (who spoke before the last one counts: two take turns), summed forward and backward:
Rabiner, A Tutorial on Hidden Markov Models, 1989, section III. Scores are logarithms of odds, by ear and by the
labelled texts in `tests/drama/attribution/`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import exp

_ADJACENT = {"again": -3.0, "back": 1.6, "other": 0.0}
_APART = {"again": -0.3, "back": 0.6, "other": 0.0}


@dataclass
class Turn:
    """One remark. `scores`: candidate -> how much speaks for them."""

    scores: dict[int, float] = field(default_factory=dict)
    apart: bool = False
    """Whether narration stands between it and the one before."""
    begins: bool = False
    """Whether the one before belongs to another scene."""


def likely(turns: list[Turn], beat: Callable[[], object] = lambda: None) -> list[dict[int, float]]:
    """Candidate -> probability, for each turn; they sum to 1 where there is a candidate. `beat` is called for each."""
    found: list[dict[int, float]] = []
    start = 0
    for at in range(1, len(turns) + 1):
        if at == len(turns) or turns[at].begins or not turns[at].scores or not turns[at - 1].scores:
            found += _chain(turns[start:at], beat) if turns[start].scores else [{} for _ in turns[start:at]]
            start = at
    return found


def _chain(turns: list[Turn], beat: Callable[[], object]) -> list[dict[int, float]]:
    weights = [_odds(turn.scores) for turn in turns]
    if len(turns) == 1:
        return [_shares(weights[0])]
    forward: list[dict[tuple[int, int], float]] = [{(-1, person): odds for person, odds in weights[0].items()}]
    for at in range(1, len(turns)):
        beat()
        step: dict[tuple[int, int], float] = {}
        table = _moves(turns[at])
        for (before, last), mass in forward[-1].items():
            for person, odds in weights[at].items():
                kind = "again" if person == last else "back" if person == before else "other"
                step[last, person] = step.get((last, person), 0.0) + mass * odds * table[kind]
        forward.append(_scaled(step))
    backward: dict[tuple[int, int], float] = dict.fromkeys(forward[-1], 1.0)
    results: list[dict[int, float]] = []
    for at in range(len(turns) - 1, -1, -1):
        beat()
        here: dict[int, float] = {}
        for pair, mass in forward[at].items():
            here[pair[1]] = here.get(pair[1], 0.0) + mass * backward.get(pair, 0.0)
        results.append(_shares(here))
        if at == 0:
            break
        earlier: dict[tuple[int, int], float] = {}
        table = _moves(turns[at])
        for before, last in forward[at - 1]:
            total = 0.0
            for person, odds in weights[at].items():
                kind = "again" if person == last else "back" if person == before else "other"
                total += odds * table[kind] * backward.get((last, person), 0.0)
            earlier[before, last] = total
        backward = _scaled(earlier)
    return results[::-1]


def _moves(turn: Turn) -> dict[str, float]:
    return {kind: exp(score) for kind, score in (_APART if turn.apart else _ADJACENT).items()}


def _odds(scores: dict[int, float]) -> dict[int, float]:
    highest = max(scores.values())
    return {person: exp(max(score - highest, -30.0)) for person, score in scores.items()}


def _scaled(masses: dict[tuple[int, int], float]) -> dict[tuple[int, int], float]:
    highest = max(masses.values()) or 1.0
    return {pair: mass / highest for pair, mass in masses.items()}


def _shares(masses: dict[int, float]) -> dict[int, float]:
    total = sum(masses.values()) or 1.0
    return {person: mass / total for person, mass in masses.items()}
