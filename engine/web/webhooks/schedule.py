"""When a delivery that failed is tried again, and when no more."""

PAUSES_S = (5.0, 30.0, 120.0, 600.0, 3600.0, 4 * 3600.0, 12 * 3600.0)
"""After the first failed attempt, the second, ...; after one more it is given up."""
JITTER = 0.2
"""Each pause is longer or shorter by up to so much of it, so that what failed together does not come back together."""
LONGEST_S = 12 * 3600.0
"""Whoever says when to come again (`Retry-After`) is believed up to here."""
GONE = 410
"""The one status that says that nothing shall come any more."""


def pause_s(attempts: int, status: int | None, retry_after_s: float | None, chance: float) -> float | None:
    """Seconds until the next attempt after so many that failed, the last with that answer, if there was one; None where
    it is given up. `chance`: 0 to 1.

    Every other answer than 2xx and 410 is tried again, those of 4xx too: an address that is missing or refuses today is
    most often one that is being changed. A redirect is such an answer as well, and never followed.
    """
    if status == GONE or attempts > len(PAUSES_S):
        return None
    pause = PAUSES_S[attempts - 1] * (1 + JITTER * (2 * chance - 1))
    return max(pause, min(retry_after_s or 0.0, LONGEST_S))
