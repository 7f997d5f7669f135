"""The keys that sign tokens and addresses: for the owner of the process alone, and replaced at will."""

import json
import secrets
import time

from engine.errors import invalid
from engine.owner import LOCAL
from engine.state import StateItem, StateStore

KEPT = 2
"""So many are good: the newest signs, the one before it still proves what it signed."""
AGE_S = 1.0
"""So long a key counts on after another server of a cluster replaced it. On one computer that is seen at once."""

KEYS = StateItem("accounts.keys", private=True)
ADDRESS_KEY = StateItem("signing.key", private=True)


class Keys:
    """Those that sign tokens. Each method raises INVALID_INPUT where what is kept is damaged."""

    def __init__(self, state: StateStore) -> None:
        self._state = state
        self.addresses = AddressKey(state)

    def newest(self) -> tuple[str, bytes]:
        """Its name and its 32 bytes; made where there is none, by whoever comes first."""
        known = self._now(AGE_S) or _keys(self._state.change(LOCAL, KEYS, _with_one))
        return next(iter(known.items()))

    def find(self, name: object) -> bytes | None:
        """The key of that name, if it is still good."""
        if not isinstance(name, str):
            return None
        return self._now(AGE_S).get(name) or self._now(0.0).get(name)

    def replace(self) -> tuple[str, bytes]:
        """Sign with a new one from now on. Twice in a row, and nothing that was signed before is good any more."""
        return next(iter(_keys(self._state.change(LOCAL, KEYS, _with_new)).items()))

    def _now(self, age_s: float) -> dict[str, bytes]:
        try:
            return _keys(self._state.read(LOCAL, KEYS, age_s=age_s))
        except OSError as error:
            raise invalid("accounts_file_unreadable", file=KEYS.name) from error


def _keys(text: str | None) -> dict[str, bytes]:
    """By name, the newest first. Raises INVALID_INPUT."""
    if text is None:
        return {}
    try:
        return {str(one["name"]): bytes.fromhex(one["key"]) for one in json.loads(text)["keys"]}
    except (ValueError, TypeError, LookupError) as error:
        raise invalid("accounts_file_unreadable", file=KEYS.name) from error


def _with_one(text: str | None) -> str:
    return text if text and _keys(text) else _with_new(text)


def _with_new(text: str | None) -> str:
    known = {secrets.token_hex(4): secrets.token_bytes(32), **_keys(text)}
    kept = [{"name": name, "key": key.hex()} for name, key in list(known.items())[:KEPT]]
    return json.dumps({"made_at": time.time(), "keys": kept}, indent=2) + "\n"


class AddressKey:
    """The one that signs addresses, with accounts or without."""

    def __init__(self, state: StateStore) -> None:
        self._state = state

    def get(self, *, anew: bool = False) -> bytes:
        """Its 32 bytes; made where there is none, or none that can be read. `anew`: not what was read a moment ago."""
        known = _key(self._state.read(LOCAL, ADDRESS_KEY, age_s=0.0 if anew else AGE_S))
        if known is None:
            text = self._state.change(LOCAL, ADDRESS_KEY, lambda text: text if text and _key(text) else _new())
            known = bytes.fromhex(text)
        return known

    def forget(self) -> None:
        """No address that was signed before is good any more."""
        self._state.change(LOCAL, ADDRESS_KEY, lambda _: _new())


def _new() -> str:
    return secrets.token_bytes(32).hex()


def _key(text: str | None) -> bytes | None:
    try:
        key = bytes.fromhex(text or "")
    except ValueError:
        return None
    return key if len(key) == 32 else None
