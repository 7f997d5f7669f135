"""The secret that a user's webhooks are signed with, and how they are (Standard Webhooks, symmetric signature)."""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Sequence

from engine.state import StateItem, StateStore

SECRET = StateItem("webhook.secret", private=True)
PREFIX = "whsec_"
OVERLAP_S = 24 * 3600.0
"""So long after it was replaced an earlier secret signs as well, so that receivers can change in peace."""


class Secrets:
    """Each user's secret; made when it is first needed, anew where it is damaged."""

    def __init__(self, state: StateStore) -> None:
        self._state = state

    def of(self, user: str) -> str:
        """The one that counts now. Raises DISK_FULL."""
        return self.good(user)[0]

    def good(self, user: str) -> list[str]:
        """That one, and the one before it while receivers may still have that. Raises DISK_FULL."""
        kept = _kept(self._state.read(user, SECRET))
        if not kept:
            kept = _kept(self._state.change(user, SECRET, lambda text: text if text and _kept(text) else _with_new([])))
        now = time.time()
        return [secret for secret, until in kept if until is None or until > now]

    def replace(self, user: str) -> str:
        """A new one. Whoever does it twice in a row makes void what was before. Raises DISK_FULL."""
        return _kept(self._state.change(user, SECRET, lambda text: _with_new(_kept(text))))[0][0]


def _with_new(before: list[tuple[str, float | None]]) -> str:
    fresh = PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()
    kept = [(fresh, None), *((secret, time.time() + OVERLAP_S) for secret, _ in before[:1])]
    return json.dumps([{"secret": secret, "until": until} for secret, until in kept], indent=2) + "\n"


def _kept(text: str | None) -> list[tuple[str, float | None]]:
    """What a text says; nothing where it is damaged."""
    try:
        found = [(str(one["secret"]), one["until"]) for one in json.loads(text or "")]
        for secret, _ in found:
            _key(secret)
        return found
    except (ValueError, TypeError, LookupError):
        return []


def signed(secrets: Sequence[str], identity: str, body: bytes, now: float) -> dict[str, str]:
    """The headers that prove a body, by each of the secrets."""
    at = str(int(now))
    text = b".".join((identity.encode(), at.encode(), body))
    proofs = [base64.b64encode(hmac.digest(_key(secret), text, hashlib.sha256)).decode() for secret in secrets]
    return {
        "webhook-id": identity,
        "webhook-timestamp": at,
        "webhook-signature": " ".join(f"v1,{proof}" for proof in proofs),
    }


def _key(secret: str) -> bytes:
    """Raises ValueError."""
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("no secret of a webhook") from error
