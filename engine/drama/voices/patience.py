"""How long a line is waited for, by one rule: so long as it may take on the slowest computer, and a minute more.

A voice here takes `LETTER_S` for a letter at most, ten times what a slow computer takes. A service of the user's own
may take `SERVICE_S` for a line of any length: it may load its weights first. The request to it is given up after that,
and tells why; only where even this does not come is the line's process stuck, and ended. A cancel waits for none of it.
"""

from engine.drama.voices.voices import OWN

LEAST_S = 60.0
LETTER_S = 0.6
SERVICE_S = 900.0


def patience_s(engine: str, letters: int) -> float:
    """After so long a line that has not come is stuck."""
    return LEAST_S + (SERVICE_S if engine == OWN else LETTER_S * letters)
