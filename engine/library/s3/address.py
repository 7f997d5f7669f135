"""Where the bucket is: `s3://BUCKET/PREFIX?endpoint=...&region=...`."""

from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qsl, urlsplit

from engine.errors import invalid

_WORDS = frozenset({"endpoint", "region", "public", "style"})


@dataclass(frozen=True)
class BucketAddress:
    """`prefix` is empty or ends with a slash. `endpoint`: None is Amazon's own. `public`: the endpoint as browsers and
    programs reach it, where that is another. `style`: of addresses, `path` or `virtual` (BUCKET.HOST).
    """

    bucket: str
    prefix: str
    endpoint: str | None
    public: str | None
    region: str
    style: Literal["path", "virtual"]

    @classmethod
    def read(cls, url: str) -> "BucketAddress":
        """Raises INVALID_INPUT."""
        parts = urlsplit(url)
        said = dict(parse_qsl(parts.query))
        endpoints = [said[name] for name in ("endpoint", "public") if name in said]
        style = said.get("style", "path" if endpoints else "virtual")
        if (
            not parts.netloc
            or not said.keys() <= _WORDS
            or style not in ("path", "virtual")
            or not all(end.startswith(("http://", "https://")) and urlsplit(end).hostname for end in endpoints)
        ):
            raise invalid("storage_url_form")
        prefix = parts.path.strip("/")
        return cls(
            parts.netloc, f"{prefix}/" if prefix else "", said.get("endpoint"), said.get("public"),
            said.get("region", "us-east-1"), "path" if style == "path" else "virtual",
        )  # fmt: skip
