"""Which stems the user gets, and how those that no model estimates come about."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce

import numpy as np

from engine.audio.block import Audio
from engine.errors import invalid
from engine.split.params import ALL, SplitParams


@dataclass(frozen=True)
class StemSelection:
    """`names`: the stems that are written. `rest`: the one among them, or None, that stands for everything else.

    `exact`: the rest is the mix minus what it is the rest of; else it is the sum of the other estimates.
    """

    names: tuple[str, ...]
    rest: str | None
    exact: bool

    @classmethod
    def of(cls, params: SplitParams, sources: tuple[str, ...]) -> "StemSelection":
        """What `params` ask of a model that estimates `sources`. Raises INVALID_INPUT for what it cannot give."""
        wanted = sources if params.stems == ALL else tuple(params.stems.split(","))
        alone = len(sources) == 1
        two_stems = params.two_stems or (alone and params.stems == ALL)
        if missing := [name for name in wanted if name not in sources]:
            raise invalid("stem_not_made", stems=", ".join(missing), model=params.model, known=", ".join(sources))
        if two_stems and len(wanted) != 1:
            raise invalid("two_stems_of_one")
        if two_stems:
            rest = "instrumental" if wanted[0] == "vocals" else f"no_{wanted[0]}"
            return cls((*wanted, rest), rest, exact=alone or params.residual)
        residual = "other" in wanted and params.residual
        return cls(wanted, "other" if residual else None, exact=True)

    def apply(self, mix: Audio, estimates: Mapping[str, Audio]) -> dict[str, Audio]:
        """The stems of one block. `mix` and each estimate: float32 [channels, samples]."""
        stems = {name: estimates[name] for name in self.names if name in estimates}
        if self.rest is None:
            return stems
        if self.exact:
            known = stems if self.rest not in estimates else {n: e for n, e in estimates.items() if n != self.rest}
            stems[self.rest] = mix - reduce(np.add, known.values())
        else:
            stems[self.rest] = reduce(np.add, (e for name, e in estimates.items() if name not in stems))
        return {name: stems[name] for name in self.names}
