"""The parameters of `/generate` as they are used, for the record."""

import secrets
from typing import Any

from engine.generate.levels import level_of
from engine.generate.params import GenerateParams

SEEDS = 100_000_000


def drawn_seed(params: GenerateParams) -> int:
    """The seed asked for, or a random one where none was."""
    return params.seed if params.seed >= 0 else secrets.randbelow(SEEDS)


def effective(params: GenerateParams, seed: int) -> dict[str, Any]:
    """The parameters as used: seed drawn, only the one of top_k and top_p that counted, and none without an effect."""
    nucleus, silent = params.top_p > 0, params.without_effect()
    level = {} if "headroom_db" in silent else {"headroom_db": level_of(params).headroom_db}
    return (
        params.model_dump(mode="json", exclude=set(silent))
        | level
        | {
            "seed": seed,
            "top_k": None if nucleus else params.top_k,
            "top_p": params.top_p if nucleus else None,
            "stem_split": None if params.stem_split == "off" else {"requested": params.stem_split, "status": "queued"},
            "auto_tune": None,
        }
    )
