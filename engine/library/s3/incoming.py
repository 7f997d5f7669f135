"""Uploads on their way into a bucket: sent there directly or through the server, at once or in parts.

Each has two names below `incoming/USER/ID/`: what is known of it, and the content, for which a multipart upload was
begun. What has arrived, the bucket itself knows: any server may go on where another began, and so may a client.
"""

import contextlib
import json
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from io import BufferedReader
from typing import IO, Any, cast

from engine.errors import AppError, Code, invalid
from engine.faults import disk_errors
from engine.library.incoming import CHUNK, KEPT_S, MOST_EACH, MOST_PARTS, Ticket, UploadPart, chosen
from engine.library.s3.bucket import Bucket
from engine.library.s3.places import INCOMING
from engine.library.s3.reading import ObjectStream
from engine.parameters import is_identity
from engine.settings import Settings

SMALLEST_PART_MB = 5
"""S3 takes no smaller one but the last."""
SPOOLED_BYTES = 2**20

_FACTS = "upload.json"


@dataclass(frozen=True)
class BucketTicket(Ticket):
    """An upload that was begun; `multipart`: what the bucket calls it."""

    multipart: str


class BucketIncoming:
    def __init__(self, settings: Settings, *, patience_s: float) -> None:
        self._settings, self._patience_s = settings, patience_s

    @cached_property
    def _bucket(self) -> Bucket:
        return Bucket(self._settings, patience_s=self._patience_s)

    def begin(self, user: str, name: str, content_type: str, size: int | None) -> Ticket:
        self.sweep()
        begun = (entry for entry in self._bucket.names(f"{INCOMING}{user}/") if entry["Key"].endswith(_FACTS))
        if sum(1 for _ in begun) >= MOST_EACH:
            raise AppError(Code.RATE_LIMITED, "too_many_uploads", limit=MOST_EACH)
        identity, encryption = uuid.uuid4().hex, self._bucket.encryption
        content = f"{INCOMING}{user}/{identity}/content"
        begun_there = self._bucket.call("create_multipart_upload", Key=content, ContentType=content_type, **encryption)
        ticket = BucketTicket(identity, user, name, content_type, size, time.time(), begun_there["UploadId"])
        data = json.dumps(asdict(ticket)).encode()
        self._bucket.call("put_object", Key=self._name(ticket, _FACTS), Body=data, **encryption)
        return ticket

    def find(self, upload_id: str, user: str) -> Ticket:
        with contextlib.suppress(ValueError, TypeError):
            if is_identity(upload_id):
                facts = self._bucket.call("get_object", Key=f"{INCOMING}{user}/{upload_id}/{_FACTS}")["Body"].read()
                ticket = BucketTicket(**json.loads(facts))
                if ticket.begun_at >= time.time() - KEPT_S:
                    return ticket
        raise AppError(Code.NOT_FOUND, "upload_not_found")

    def address(self, ticket: Ticket, number: int | None) -> tuple[str, dict[str, str]] | None:
        if not self._settings.storage_redirect:  # clients may not reach the bucket
            return None
        content = self._name(ticket, "content")
        if number is not None:
            part: dict[str, Any] = {"Key": content, "UploadId": _multipart(ticket), "PartNumber": number}
            return self._bucket.signed("upload_part", **part), {}
        said: dict[str, Any] = {"ContentType": ticket.content_type, **self._bucket.encryption}
        headers = {"Content-Type": ticket.content_type}
        if method := said.get("ServerSideEncryption"):
            headers["x-amz-server-side-encryption"] = method
        if key := said.get("SSEKMSKeyId"):
            headers["x-amz-server-side-encryption-aws-kms-key-id"] = key
        if ticket.size is not None:
            said["ContentLength"] = ticket.size
        return self._bucket.signed("put_object", Key=content, **said), headers

    def receive(self, ticket: Ticket, number: int, stream: IO[bytes], most_bytes: int) -> UploadPart:
        if not 1 <= number <= MOST_PARTS:
            raise invalid("number_range", name="number", low=1, high=MOST_PARTS)
        most = most_bytes if ticket.size is None else ticket.size
        room = most - sum(part.size for part in self.parts(ticket) if part.number != number)
        with disk_errors(), tempfile.SpooledTemporaryFile(SPOOLED_BYTES) as spool:
            while chunk := stream.read(CHUNK):
                if spool.tell() + len(chunk) > room:
                    raise AppError(Code.TOO_LARGE, "request_too_large", limit_mb=most // 2**20)
                spool.write(chunk)
                time.sleep(0)
            size = spool.tell()
            part = self._part(ticket) | {"PartNumber": number, "Body": spool, "ContentLength": size}
            spool.seek(0)
            etag = self._bucket.call("upload_part", **part)["ETag"].strip('"')
        return UploadPart(number, size, etag)

    def parts(self, ticket: Ticket) -> list[UploadPart]:
        if found := self._in_parts(ticket):
            return found
        whole = self._whole(ticket)
        return [UploadPart(1, int(whole["ContentLength"]), whole["ETag"].strip('"'))] if whole else []

    @contextlib.contextmanager
    def whole(self, ticket: Ticket, named: list[tuple[int, str | None]] | None, most_bytes: int) -> Iterator[IO[bytes]]:
        if parts := self._in_parts(ticket):
            joined = chosen(parts, named, ticket.size)
            told = [{"PartNumber": part.number, "ETag": part.etag} for part in joined]
            try:
                call = self._bucket.call
                call("complete_multipart_upload", MultipartUpload={"Parts": told}, **self._part(ticket))
            except AppError as error:
                if error.values.get("reason") == "EntityTooSmall":
                    raise invalid("upload_part_small", limit_mb=SMALLEST_PART_MB) from error
                if error.code is not Code.NOT_FOUND:  # they were joined in this moment by another
                    raise
        found = self._whole(ticket)
        if found is None:
            raise invalid("upload_parts_missing", numbers="1")
        size = int(found["ContentLength"])
        if ticket.size not in (None, size):
            raise invalid("upload_size", size=ticket.size)
        if size > most_bytes:
            raise AppError(Code.TOO_LARGE, "request_too_large", limit_mb=most_bytes // 2**20)
        if found.get("ContentType") != ticket.content_type:
            raise invalid("upload_type", mime=ticket.content_type)
        stream = BufferedReader(ObjectStream(self._bucket, self._name(ticket, "content"), size, found["ETag"]), CHUNK)
        with stream:
            yield cast(IO[bytes], stream)

    def end(self, ticket: Ticket) -> None:
        with contextlib.suppress(AppError):  # it was completed; else the sweep finds it
            self._bucket.call("abort_multipart_upload", **self._part(ticket))
        for name in ("content", _FACTS):
            self._bucket.call("delete_object", Key=self._name(ticket, name))

    def sweep(self) -> None:
        old = time.time() - KEPT_S
        for entry in list(self._bucket.names(INCOMING)):
            if entry["LastModified"].timestamp() < old:
                self._bucket.call("delete_object", Key=entry["Key"])
        begun = self._bucket.call("list_multipart_uploads", Prefix=INCOMING).get("Uploads", [])
        for upload in begun:
            if upload["Initiated"].timestamp() < old:
                name = upload["Key"].removeprefix(self._bucket.address.prefix)
                with contextlib.suppress(AppError):  # another server was quicker
                    self._bucket.call("abort_multipart_upload", Key=name, UploadId=upload["UploadId"])

    def _name(self, ticket: Ticket, name: str) -> str:
        return f"{INCOMING}{ticket.user}/{ticket.id}/{name}"

    def _part(self, ticket: Ticket) -> dict[str, Any]:
        return {"Key": self._name(ticket, "content"), "UploadId": _multipart(ticket)}

    def _in_parts(self, ticket: Ticket) -> list[UploadPart]:
        """Parts that have arrived; none also where they were joined already."""
        found: list[UploadPart] = []
        more: dict[str, Any] = {}
        while True:
            try:
                page = self._bucket.call("list_parts", **self._part(ticket), **more)
            except AppError as error:
                if error.code is not Code.NOT_FOUND:
                    raise
                return []
            found += [
                UploadPart(int(part["PartNumber"]), int(part["Size"]), part["ETag"].strip('"'))
                for part in page.get("Parts", [])
            ]
            if not page.get("IsTruncated"):
                return sorted(found, key=lambda part: part.number)
            more = {"PartNumberMarker": page["NextPartNumberMarker"]}

    def _whole(self, ticket: Ticket) -> dict[str, Any] | None:
        try:
            return self._bucket.call("head_object", Key=self._name(ticket, "content"))
        except AppError as error:
            if error.code is not Code.NOT_FOUND:
                raise
            return None


def _multipart(ticket: Ticket) -> str:
    assert isinstance(ticket, BucketTicket)
    return ticket.multipart
