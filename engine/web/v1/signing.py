"""Addresses that prove by themselves what they are good for: a method, a path, a user, a time.

The signature is an HMAC-SHA256 (itsdangerous) with a key in `signing.key` of the settings folder, for the owner of the
process alone. Who deletes that file makes every address void that was signed before.
"""

import hashlib
import secrets
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import request
from itsdangerous import Signer
from pydantic import Field

from engine.accounts import Caller
from engine.accounts.private_file import write_private
from engine.errors import AppError, Code, invalid
from engine.web.me import application
from engine.web.v1.models import RequestModel

_SALT = "audiocraft-webui.address"


class SignedQuery(RequestModel):
    """What makes an address good: take it as it was given."""

    user: str = Field(max_length=64, description="For whom.")
    expires: int = Field(ge=0, lt=2**53, description="Until when, Unix seconds.")
    size: int | None = Field(None, ge=0, lt=2**53, description="How long the body must be, bytes, if that was said.")
    signature: str = Field(max_length=100, description="The signature of all that.")


class Addresses:
    """`folder`: where the key is."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "signing.key"

    def signed(self, method: str, path: str, user: str, *, lasts_s: float, size: int | None = None) -> tuple[str, int]:
        """The query that makes `method path` good for this user for so long, and when it ends, Unix seconds. `size`: of
        the body, bytes, which then must be that long."""
        expires = int(time.time() + lasts_s)
        said = {"user": user, "expires": expires} | ({} if size is None else {"size": size})
        signature = self._signer().get_signature(_text(method, path, said)).decode()
        return urlencode(said | {"signature": signature}), expires

    def check(self, query: SignedQuery) -> Caller:
        """Whose address this request came by. Raises FORBIDDEN for one that is over, altered, or of another request."""
        said = query.model_dump(exclude={"signature"}, exclude_none=True)
        text = _text(request.method, request.path, said)
        if not self._signer().verify_signature(text, query.signature) or query.expires < time.time():
            raise AppError(Code.FORBIDDEN, "address_not_signed")
        if query.size is not None and request.content_length != query.size:
            raise invalid("upload_size", size=query.size)
        accounts = application().accounts
        if accounts is not None and accounts.users.get(query.user).disabled_at is not None:
            raise AppError(Code.FORBIDDEN, "address_not_signed")
        return Caller(query.user)

    def _signer(self) -> Signer:
        try:
            key = bytes.fromhex(self._path.read_text(encoding="ascii"))
        except (OSError, ValueError):
            key = secrets.token_bytes(32)
            write_private(self._path, key.hex())
        return Signer(key, _SALT, digest_method=hashlib.sha256)


def _text(method: str, path: str, said: dict[str, Any]) -> bytes:
    return "\n".join([method, path, *(f"{name}={said[name]}" for name in sorted(said))]).encode("utf-8", "replace")
