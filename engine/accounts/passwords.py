"""Passwords: which are taken, and argon2id for all of them, beside the server's loop."""

import base64
import secrets
from pathlib import Path

from argon2 import PasswordHasher, profiles
from argon2.exceptions import InvalidHashError, VerificationError

from engine.accounts.turns import Turns
from engine.errors import invalid
from engine.text import normalized

SHORTEST, LONGEST = 8, 1024
COMMONEST = frozenset((Path(__file__).parent / "commonest.txt").read_text(encoding="utf-8").split())
"""The very first that anybody tries, from the published lists of leaked ones, as far as they are long enough."""

COST = profiles.RFC_9106_LOW_MEMORY
"""The second recommendation of RFC 9106, 4, above the least that OWASP's Password Storage Cheat Sheet asks for."""

AT_ONCE = 2
"""Each takes `COST.memory_cost` KiB and, for a moment, its lanes' processors."""
MOST_WAITING = 200


class Passwords:
    """Hashes and verifies; equal work whether somebody has that email, that password, or none."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher.from_parameters(COST)
        self._turns = Turns(AT_ONCE, MOST_WAITING)
        salt, digest = (base64.b64encode(secrets.token_bytes(n)).decode().rstrip("=") for n in (16, COST.hash_len))
        self._nobody = f"$argon2id$v=19$m={COST.memory_cost},t={COST.time_cost},p={COST.parallelism}${salt}${digest}"

    def hashed(self, password: str) -> str:
        """Its hash with a new salt, as PHC writes it."""
        return self._turns.run(self._hasher.hash, _form(password))

    def fits(self, password: str, known: str | None) -> bool:
        """Whether it is the one whose hash is `known`; None, of somebody who has none, takes as long."""
        if len(password) > LONGEST:
            return False
        fits = self._turns.run(self._verified, _form(password), known or self._nobody)
        return fits and known is not None

    def is_dated(self, known: str) -> bool:
        """Whether it was hashed at another cost than today's."""
        return self._hasher.check_needs_rehash(known)

    def _verified(self, password: str, known: str) -> bool:
        try:
            return self._hasher.verify(known, password)
        except (VerificationError, InvalidHashError):
            return False


def check_password(password: str, email: str) -> None:
    """Raises INVALID_INPUT for one that is too short, too long, or among the first that anybody would try.

    No rule asks for digits or signs (NIST SP 800-63B, 3.1.1.2).
    """
    form = _form(password)
    if not SHORTEST <= len(form) <= LONGEST:
        raise invalid("password_length", low=SHORTEST, high=LONGEST)
    folded = form.casefold().strip()
    if folded in COMMONEST or folded in (email, email.partition("@")[0]) or len(set(folded)) < 3:
        raise invalid("password_guessable")


def _form(password: str) -> str:
    """The same letters from every keyboard: RFC 8265, 4.2.2."""
    return normalized("NFC", password)
