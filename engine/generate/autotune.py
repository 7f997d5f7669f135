"""Auto-tune: temperature, guidance and the longest sensible duration follow from how diverse the choice is to be.

Only values that the user left at their defaults are changed. The table is that of audiocraft-webui v3.
"""

from collections.abc import Collection

from engine.library.record import AutoTune, Change

_TABLE = {
    "small": {"low": (1.25, 3.2, 35.0), "mid": (1.20, 4.0, 30.0), "high": (1.05, 3.5, 20.0)},
    "medium": {"low": (1.18, 3.3, 40.0), "mid": (1.15, 3.8, 30.0), "high": (1.00, 3.4, 25.0)},
    "large": {"low": (1.12, 3.2, 45.0), "mid": (1.05, 3.6, 30.0), "high": (0.95, 3.2, 25.0)},
}
"""Size class -> band -> temperature, cfg_coef, cap of the duration in seconds."""

LOW, MID = 0.25, 0.75
MOST_K = 250
_SAME = 1e-6


def auto_tune(
    model: str, values: dict[str, float], defaults: dict[str, float], said: Collection[str] = ()
) -> tuple[dict[str, float], AutoTune]:
    """`values` of temperature, cfg_coef, duration, top_k and top_p -> those to use, and what was done.

    A duration is only ever lowered. `said`: what the user's words ask for, default or not.
    """
    nucleus = values["top_p"] > 0
    metric = values["top_p"] if nucleus else min(1.0, max(0.0, values["top_k"] / MOST_K))
    band = "low" if metric <= LOW else "mid" if metric <= MID else "high"
    bucket = "large" if "large" in model else "medium" if "medium" in model else "small"
    temperature, cfg_coef, cap_s = _TABLE[bucket][band]
    wanted = {"temperature": temperature, "cfg_coef": cfg_coef, "duration": min(values["duration"], cap_s)}
    locked = {name: name in said or abs(values[name] - defaults[name]) > _SAME for name in wanted}
    changes = {
        name: Change(
            old=values[name], new=new, cap_reason=f"diversity_{band}" if name == "duration" else None
        )
        for name, new in wanted.items()
        if not locked[name] and abs(new - values[name]) > _SAME
    }  # fmt: skip
    told = AutoTune(
        applied=bool(changes),
        band=band,
        source="top_p" if nucleus else "top_k",
        diversity_metric=round(metric, 4),
        model_bucket=bucket,
        changes=changes,
        user_locked=locked,
    )
    return {**values, **{name: change.new for name, change in changes.items()}}, told
