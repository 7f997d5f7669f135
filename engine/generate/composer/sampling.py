"""Weighted sampling with the knobs of a language model, the same on every platform.

A candidate's logit is ln(habit) + cfg_coef * ln(wish): the genre gives the habit, the prompt the wish, exactly as
classifier-free guidance weighs condition against habit (Ho & Salimans 2022). Then temperature, top-k or nucleus
(Holtzman et al. 2019), and a draw. Logarithms and exponentials come from `decimal`, which rounds alike everywhere;
the platform's own libm does not.
"""

import hashlib
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Context, Decimal
from functools import lru_cache
from typing import TypeVar

T = TypeVar("T")

_DECIMAL = Context(prec=18)
_NEGLIGIBLE = -60.0


@lru_cache(maxsize=16384)
def _ln(value: float) -> float:
    return float(_DECIMAL.ln(Decimal(value)))


@lru_cache(maxsize=16384)
def _exp(value: float) -> float:
    return float(_DECIMAL.exp(Decimal(value))) if value > _NEGLIGIBLE else 0.0


@dataclass(frozen=True)
class Sampling:
    """How freely to choose. `top_p` above 0 switches `top_k` off; `top_k` 0 considers everything."""

    seed: int
    temperature: float = 1.0
    top_k: int = 250
    top_p: float = 0.0
    cfg_coef: float = 3.0

    def dice(self, purpose: str) -> "Dice":
        """An independent stream of choices, so that another drum fill does not change the melody."""
        digest = hashlib.blake2b(f"{self.seed}/{purpose}".encode(), digest_size=8).digest()
        return Dice(self, random.Random(int.from_bytes(digest, "big")))


class Dice:
    """A stream of choices. Only `Random.random` is used: Python promises it alike for all versions."""

    def __init__(self, sampling: Sampling, source: random.Random) -> None:
        self.sampling = sampling
        self._random = source.random

    def uniform(self) -> float:
        """A number in [0, 1)."""
        return self._random()

    def jitter(self, width: int) -> int:
        """A whole number around 0, triangular, within +/-`width`."""
        return round((self._random() + self._random() - 1.0) * width)

    def chance(self, share: float) -> bool:
        """True for about `share` of the draws at temperature 1; safer or wilder with the temperature.

        A yes or no has no tail for a nucleus to cut, so that top_p does not touch it; top_k 1 takes the likelier.
        """
        if share <= 0 or share >= 1:
            self._random()
            return share >= 1
        yes, no = (_exp(_ln(s) / self.sampling.temperature) for s in (share, 1.0 - share))
        drawn = self._random() * (yes + no) < yes
        return yes > no if self.sampling.top_k == 1 and not self.sampling.top_p else drawn

    def choose(self, candidates: Iterable[tuple[T, float]], preference: Callable[[T], float] | None = None) -> T:
        """One candidate by its weight. `preference` says how much likelier the prompt makes it (1: not at all)."""
        kept = [(value, weight) for value, weight in candidates if weight > 0]
        if not kept:
            raise ValueError("nothing to choose from")
        cfg = self.sampling.cfg_coef
        logits = [_ln(weight) + (cfg * _ln(preference(value)) if preference else 0.0) for value, weight in kept]
        highest = max(logits)
        shares = [_exp((logit - highest) / self.sampling.temperature) for logit in logits]
        order = self._likeliest(shares)
        point = self._random() * sum(shares[i] for i in order)
        for i in order:
            point -= shares[i]
            if point < 0:
                return kept[i][0]
        return kept[order[-1]][0]

    def _likeliest(self, shares: list[float]) -> list[int]:
        order = sorted(range(len(shares)), key=lambda i: (-shares[i], i))
        if self.sampling.top_p > 0:
            wanted, reached = self.sampling.top_p * sum(shares), 0.0
            for count, i in enumerate(order, start=1):
                reached += shares[i]
                if reached >= wanted:
                    return order[:count]
            return order
        return order[: self.sampling.top_k or len(order)]
