"""Uploads: at once, or signed, in parts and over broken connections, the way that object storage does it too."""

import contextlib
import time
from typing import Any

from flask import Response, g, jsonify, request, url_for

from engine.errors import AppError, Code, invalid
from engine.library.incoming import Ticket
from engine.library.opening import open_incoming
from engine.web.addresses import full_address
from engine.web.auth.signing import addresses, signed_url, urls_expire
from engine.web.me import application, caller, me
from engine.web.uploads import MAX_BYTES
from engine.web.v1.ground import Ground
from engine.web.v1.operations import Answer, Sent, Surface
from engine.web.v1.tracks import as_on_the_page, file
from engine.web.v1.upload_models import (
    ArrivedPart,
    ArrivedParts,
    Completion,
    NewUpload,
    SignedPart,
    SignedParts,
    SignedQuery,
    SignedUpload,
    UploadList,
    UploadView,
    WantedParts,
)

TAG = "uploads"
LASTS_S = 3600.0
PART_BYTES = 16 * 2**20
BYTES = Sent({"application/octet-stream": {"type": "string", "format": "binary"}}, "The bytes.")
FORM = Sent(
    {
        "multipart/form-data": {
            "type": "object",
            "required": ["file"],
            "properties": {"file": {"type": "string", "format": "binary", "description": "The file."}},
        }
    },
    "A form with one file.",
)
PROBING = (Code.UNSUPPORTED_AUDIO, Code.DISK_FULL)
SENDING = (Code.FORBIDDEN, Code.NOT_FOUND, Code.DISK_FULL)
ETAG = {"ETag": "MD5 of what has arrived, hexadecimal."}


def add(surface: Surface, ground: Ground) -> None:
    incoming = open_incoming(ground.settings)

    def signed(ticket: Ticket, endpoint: str, size: int | None, *, direct: bool = True, **parts: Any) -> dict[str, Any]:
        if direct and (there := incoming.address(ticket, parts.get("number"))):
            where, headers = there
            lasts_s = ground.settings.storage_link_s
            return {"put_url": where, "method": "PUT", "headers": headers, "expires": int(time.time() + lasts_s)}
        path = url_for(f"v1.{endpoint}", upload_id=ticket.id, **parts).removeprefix(request.script_root)
        expires = int(time.time() + LASTS_S)
        said = {"user": ticket.user, "expires": expires} | ({} if size is None else {"size": size})
        return {
            "put_url": f"{full_address(path)}?{addresses().signed('PUT', path, said)}", "method": "PUT",
            "headers": {"Content-Type": "application/octet-stream"}, "expires": expires,
        }  # fmt: skip

    def begun(upload_id: str) -> Ticket:
        return incoming.find(_identity(upload_id), caller().user)

    def receive(upload_id: str, number: int, query: SignedQuery) -> Response:
        g.caller = addresses().check()
        if query.size is not None and request.content_length != query.size:
            raise invalid("upload_size", size=query.size)
        part = incoming.receive(begun(upload_id), number, request.stream, MAX_BYTES)
        answer = jsonify(ArrivedPart(**vars(part)).model_dump())
        answer.headers["ETag"] = f'"{part.etag}"'
        return answer

    @surface.on("POST", "/uploads", TAG, {201: Answer(UploadView, "It is there.")}, body=FORM, errors=PROBING,
                most_bytes=MAX_BYTES)  # fmt: skip
    def upload_file() -> Any:
        """Upload a sound or a script at once.

        It is kept when it could be read to its end. Large files, and those over bad connections, go better in parts.
        """
        file = request.files.get("file")
        if file is None:
            raise invalid("file_wanted")
        return _told(me.uploads.add(file.stream, file.filename or "")), 201

    @surface.on("GET", "/uploads", TAG, {200: Answer(UploadList, "Uploads.")})
    def list_uploads() -> UploadList:
        """List your uploads, the newest first."""
        return UploadList(items=[_told(facts) for facts in me.uploads.all()])

    @surface.on("POST", "/uploads/sign", TAG, {201: Answer(SignedUpload, "It may be sent.")}, body=NewUpload,
                errors=(Code.DISK_FULL,))  # fmt: skip
    def sign_upload(body: NewUpload) -> Any:
        """Begin an upload: get a key, and an address to send the bytes to.

        Send them there with PUT, all at once, or ask for parts and send these. Then complete it. What is not completed
        within a day is forgotten.
        """
        if (body.size or 0) > MAX_BYTES:
            raise AppError(Code.TOO_LARGE, "request_too_large", limit_mb=MAX_BYTES // 2**20)
        if accounts := application().accounts:  # what goes past the server is not seen on its way
            accounts.quotas.check_upload(caller(), body.size or 0)
        name = body.name or f"upload.{body.ext.removeprefix('.').lower()}"
        ticket = incoming.begin(caller().user, name, body.content_type, body.size)
        where = signed(ticket, "put_upload", body.size)
        return SignedUpload(**where, key=f"upload:{ticket.id}", part_size=PART_BYTES), 201

    @surface.on("PUT", "/uploads/<upload_id>/content", TAG, {200: Answer(ArrivedPart, "It has arrived.", ETAG)},
                body=BYTES, query=SignedQuery, anonymous=True, most_bytes=MAX_BYTES, errors=SENDING)  # fmt: skip
    def put_upload(upload_id: str, query: SignedQuery) -> Response:
        """Send all bytes of an upload. The address comes from `/uploads/sign` and is good for an hour."""
        return receive(upload_id, 1, query)

    @surface.on("POST", "/uploads/<upload_id>/parts", TAG, {200: Answer(SignedParts, "They may be sent.")},
                body=WantedParts, errors=(Code.NOT_FOUND,))  # fmt: skip
    def sign_parts(upload_id: str, body: WantedParts) -> SignedParts:
        """Get addresses for parts of an upload; each is good for an hour, and may be used again."""
        ticket = begun(upload_id)
        return SignedParts(parts=[
            SignedPart(number=number, **signed(ticket, "put_part", None, direct=body.direct, number=number))
            for number in body.numbers
        ])  # fmt: skip

    @surface.on("GET", "/uploads/<upload_id>/parts", TAG, {200: Answer(ArrivedParts, "Parts.")},
                errors=(Code.NOT_FOUND,))  # fmt: skip
    def list_parts(upload_id: str) -> ArrivedParts:
        """The parts that have arrived: after a break, send the others."""
        return ArrivedParts(parts=[ArrivedPart(**vars(part)) for part in incoming.parts(begun(upload_id))])

    @surface.on("PUT", "/uploads/<upload_id>/parts/<int:number>", TAG, {200: Answer(ArrivedPart, "It is there.", ETAG)},
                body=BYTES, query=SignedQuery, anonymous=True, most_bytes=MAX_BYTES, errors=SENDING)  # fmt: skip
    def put_part(upload_id: str, number: int, query: SignedQuery) -> Response:
        """Send a part of an upload, again where it was sent before."""
        return receive(upload_id, number, query)

    @surface.on("POST", "/uploads/<upload_id>/complete", TAG, {201: Answer(UploadView, "It is kept.")}, body=Completion,
                errors=(Code.NOT_FOUND, *PROBING))  # fmt: skip
    def complete_upload(upload_id: str, body: Completion) -> Any:
        """Join what has arrived, read it to its end, and keep it. Asked again, the answer is the same."""
        identity = _identity(upload_id)
        named = None if body.parts is None else [(part.number, part.etag) for part in body.parts]
        try:
            ticket = begun(upload_id)
            if accounts := application().accounts:  # of its size nobody need have told before, and others were begun
                accounts.quotas.check_upload(caller(), sum(part.size for part in incoming.parts(ticket)))
            with incoming.whole(ticket, named, MAX_BYTES) as stream:
                facts = me.uploads.add(stream, ticket.name, identity=identity)
        except AppError:
            with contextlib.suppress(AppError):
                return _told(me.uploads.facts(identity)), 201  # it is complete, perhaps since this moment
            raise
        incoming.end(ticket)
        return _told(facts), 201

    @surface.on("GET", "/uploads/<upload_id>", TAG, {200: Answer(UploadView, "Its facts.")}, errors=(Code.NOT_FOUND,))
    def get_upload(upload_id: str) -> UploadView:
        """What is known of an upload that is completed."""
        return _told(me.uploads.facts(_identity(upload_id)))

    @surface.on("GET", "/uploads/<upload_id>/audio", TAG, **file("*/*", "The file."))
    def upload_audio(upload_id: str) -> Any:
        """The file as it was sent."""
        return as_on_the_page("uploads.audio", upload_id=_identity(upload_id))

    @surface.on("DELETE", "/uploads/<upload_id>", TAG, {204: Answer(said="It is gone.")}, errors=(Code.NOT_FOUND,))
    def delete_upload(upload_id: str) -> None:
        """Delete an upload, or give up one that is not completed. One that a job needs is refused."""
        try:
            incoming.end(begun(upload_id))
        except AppError:
            as_on_the_page("uploads.delete", upload_id=_identity(upload_id))


def _identity(key: str) -> str:
    return key.removeprefix("upload:")


def _told(facts: dict[str, Any]) -> UploadView:
    audio_url = signed_url("v1.upload_audio", upload_id=_identity(facts["key"]))
    early = {"kind": "sound", "mime": "application/octet-stream", "created_at": 0.0}  # earlier versions said less
    return UploadView(**{**early, **facts, "audio_url": audio_url, "urls_expire": urls_expire()})
