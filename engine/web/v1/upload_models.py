"""Uploads as programs send and read them."""

from typing import Annotated, Any

from pydantic import Field

from engine.library.incoming import MOST_PARTS
from engine.web.uploads import MAX_BYTES
from engine.web.v1.models import URLS_EXPIRE, AnswerModel, RequestModel

_NUMBER = Field(ge=1, le=MOST_PARTS, description="Number of the part, from 1, in the order of the file.")


class NewUpload(RequestModel):
    """An upload to come."""

    content_type: str = Field(
        pattern=r"^[A-Za-z0-9_.+-]{1,60}/[A-Za-z0-9_.+-]{1,60}$",  # counted \w of all alphabets: 40 ms to compile
        description="Media type; what the file is, is found by reading it.",
    )
    ext: str = Field(pattern=r"^\.?[A-Za-z0-9]{1,10}$", description="Extension of the file: wav, mp3, ….")
    size: int | None = Field(
        None, ge=1, lt=2**53, description=f"Its length, bytes, {MAX_BYTES} at most: nothing else is taken then."
    )
    name: str | None = Field(None, max_length=255, description="Name of the file, by which people know it again.")


class SignedRequest(AnswerModel):
    """A request that needs no login: send the bytes as its body."""

    put_url: str = Field(description="Where to send them.")
    method: str = Field(description="PUT.")
    headers: dict[str, str] = Field(description="Headers to send along.")
    expires: int = Field(description="Until when this is good, Unix seconds.")


class SignedQuery(RequestModel):
    """What makes an address good: take it as it was given."""

    user: str = Field(max_length=64, description="For whom.")
    expires: int = Field(ge=0, lt=2**53, description="Until when, Unix seconds.")
    size: int | None = Field(None, ge=0, lt=2**53, description="How long the body must be, bytes, if that was said.")
    signature: str = Field(max_length=100, description="The signature of all that.")


class SignedUpload(SignedRequest):
    """An upload that was begun."""

    key: str = Field(description="Its key, for jobs, once it is completed.")
    part_size: int = Field(description="How long parts had better be where it is sent in parts, bytes.")


class WantedParts(RequestModel):
    numbers: list[Annotated[int, _NUMBER]] = Field(
        min_length=1, max_length=1000, description=f"Numbers of the parts that are to be sent, 1 to {MOST_PARTS}."
    )
    direct: bool = Field(
        True, description="Addresses in the bucket, where there are some; false: of this server, which passes them on."
    )


class SignedPart(SignedRequest):
    """A part that may be sent now."""

    number: int = _NUMBER


class SignedParts(AnswerModel):
    parts: list[SignedPart] = Field(description="One for each number.")


class ArrivedPart(AnswerModel):
    """A part that is there."""

    number: int = _NUMBER
    size: int = Field(description="Its length, bytes.")
    etag: str = Field(description="Its MD5, hexadecimal.")


class ArrivedParts(AnswerModel):
    parts: list[ArrivedPart] = Field(description="Those that are there, in their order: send the others.")


class NamedPart(RequestModel):
    """A part of the whole."""

    number: int = _NUMBER
    etag: str | None = Field(None, max_length=64, description="What it must be, as it was answered.")


class Completion(RequestModel):
    parts: list[NamedPart] | None = Field(
        None, max_length=MOST_PARTS, description="Parts that it is made of; by default all that have arrived."
    )


class UploadView(AnswerModel):
    """A sound or a script of yours."""

    key: str = Field(description="`upload:ID`: what jobs name it by.")
    kind: str = Field(description="`sound` or `script`.")
    name: str = Field(description="Name of the file.")
    created_at: float = Field(description="When it was completed, Unix seconds.")
    mime: str = Field(description="Media type, as it was found.")
    audio_url: str = Field(description="Where it can be heard.")
    urls_expire: int | None = URLS_EXPIRE
    duration_s: float | None = Field(None, description="Of a sound: its length, seconds.")
    rate_hz: int | None = Field(None, description="Of a sound: its sample rate.")
    channels: int | None = Field(None, description="Of a sound: its channels.")
    layout: str | None = Field(None, description="Of a sound: where they stand.")
    source_note: list[dict[str, Any]] = Field([], description="What is wrong with the file, although it can be read.")


class UploadList(AnswerModel):
    items: list[UploadView] = Field(description="The newest first.")
