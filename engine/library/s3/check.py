"""What a bucket can do, tried out: with objects of our own, which are removed again."""

import contextlib
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import requests

from engine.errors import AppError
from engine.library.s3.bucket import Bucket, ConditionError
from engine.library.s3.places import INCOMING

WAIT_S = 10.0
CONTENT = b"0123456789"
PART_BYTES = 5 * 2**20
EXPIRY_S = 15.0
"""A link for one second must have ended by then, whatever the clocks."""


@dataclass(frozen=True)
class BucketAbility:
    """`needed`: the program does not work without it. `reason`: what the bucket said, if anything."""

    name: str
    works: bool
    needed: bool
    reason: str = ""


class _Trial:
    """One object of ours, and what is asked of it; `origin`: of the page."""

    def __init__(self, bucket: Bucket, origin: str) -> None:
        self.bucket, self.origin = bucket, origin
        self.key = f"{INCOMING}check-{uuid.uuid4().hex}"

    def put(self, **more: Any) -> None:
        self.bucket.call("put_object", Key=self.key, Body=CONTENT, ContentType="audio/wav", **more)

    def http(self, method: str, url: str, **more: Any) -> requests.Response:
        return requests.request(method, url, timeout=WAIT_S, allow_redirects=False, **more)

    def stores(self) -> bool:
        self.put()
        read = self.bucket.call("get_object", Key=self.key)["Body"].read()
        listed = [entry["Key"] for entry in self.bucket.names(self.key)]
        return bool(read == CONTENT and listed == [self.key])

    def deletes(self) -> bool:
        self.bucket.call("delete_object", Key=self.key)
        return not list(self.bucket.names(self.key))

    def copies(self) -> bool:
        self.put(Metadata={"origin": "x"})
        copy = f"{self.key}.copy"
        self.bucket.call("copy_object", CopySource=self.key, Key=copy)
        found = self.bucket.call("head_object", Key=copy)
        self.bucket.call("delete_object", Key=copy)
        return bool(found["ContentLength"] == len(CONTENT) and found["Metadata"] == {"origin": "x"})

    def range(self) -> bool:
        self.put()
        got = self.bucket.call("get_object", Key=self.key, Range="bytes=2-4")
        return bool(got["Body"].read() == CONTENT[2:5] and "2-4/10" in got.get("ContentRange", ""))

    def multipart(self) -> bool:
        upload = {"Key": self.key, "UploadId": self.bucket.call("create_multipart_upload", Key=self.key)["UploadId"]}
        told = []
        for number, data in enumerate((bytes(PART_BYTES), b"end"), 1):
            etag = self.bucket.call("upload_part", PartNumber=number, Body=data, **upload)["ETag"]
            told.append({"PartNumber": number, "ETag": etag})
        listed = self.bucket.call("list_parts", **upload).get("Parts", [])
        self.bucket.call("complete_multipart_upload", MultipartUpload={"Parts": told}, **upload)
        size = self.bucket.call("head_object", Key=self.key)["ContentLength"]
        return len(listed) == 2 and bool(size == PART_BYTES + 3)

    def encryption(self) -> bool:
        """Of what the settings ask for."""
        self.put(**self.bucket.encryption)
        found = self.bucket.call("head_object", Key=self.key)
        return all(found.get(name) == value for name, value in self.bucket.encryption.items() if "Key" not in name)

    def exclusive(self) -> bool:
        self.put()
        try:
            self.put(IfNoneMatch="*")
        except ConditionError:
            return True
        return False

    def signed_reading(self) -> bool:
        self.put()
        url = self.bucket.signed("get_object", Key=self.key)
        whole, part = self.http("GET", url), self.http("GET", url, headers={"Range": "bytes=2-4"})
        return whole.content == CONTENT and (part.status_code, part.content) == (206, CONTENT[2:5])

    def signed_names(self) -> bool:
        said = 'attachment; filename="a.wav"'
        url = self.bucket.signed("get_object", Key=self.key, ResponseContentDisposition=said)
        return self.http("GET", url).headers.get("Content-Disposition") == said

    def signed_writing(self) -> bool:
        url = self.bucket.signed("put_object", Key=self.key, ContentType="audio/wav")
        return self.http("PUT", url, data=CONTENT, headers={"Content-Type": "audio/wav"}).ok

    def signatures(self) -> bool:
        """Those that are altered, of another type, or over, are refused."""
        url = self.bucket.signed("put_object", Key=self.key, ContentType="audio/wav")
        altered = self.http("PUT", f"{url[:-4]}0000", data=CONTENT, headers={"Content-Type": "audio/wav"})
        other = self.http("PUT", url, data=CONTENT, headers={"Content-Type": "text/html"})
        return altered.status_code == other.status_code == 403 and self._expires()

    def _expires(self) -> bool:
        url, until = self.bucket.signed("get_object", lasts_s=1, Key=self.key), time.monotonic() + EXPIRY_S
        while time.monotonic() < until:
            if self.http("GET", url).status_code == 403:
                return True
            time.sleep(0.25)
        return False

    def cors(self) -> bool:
        """The page may read, and write with PUT: so it is told when it asks before, and when it does."""
        url, mime = (
            self.bucket.signed("put_object", Key=self.key, ContentType="audio/wav"),
            {"Content-Type": "audio/wav"},
        )
        asked = {"Origin": self.origin, "Access-Control-Request-Headers": "content-type"}
        answers = [
            self.http("OPTIONS", url, headers=asked | {"Access-Control-Request-Method": method})
            for method in ("GET", "PUT")
        ]
        answers.append(self.http("PUT", url, data=CONTENT, headers=mime | {"Origin": self.origin}))
        return all(
            said.ok and said.headers.get("Access-Control-Allow-Origin") in ("*", self.origin) for said in answers
        )

    def lifecycle(self) -> bool:
        """Incomplete uploads go by themselves."""
        rules = self.bucket.call("get_bucket_lifecycle_configuration").get("Rules", [])
        return any(rule.get("AbortIncompleteMultipartUpload") for rule in rules if rule.get("Status") == "Enabled")

    def checks(self) -> Iterator[tuple[Callable[[], bool], bool]]:
        """Each with whether the program needs it: what is signed, only where browsers are sent to the bucket, and not
        even there what the server does in its place."""
        redirects = self.bucket.redirects
        for needed in (self.stores, self.copies, self.range, self.multipart, self.encryption):
            yield needed, True
        yield self.exclusive, False
        for signed in (self.signed_reading, self.signed_names, self.signed_writing, self.signatures, self.cors):
            yield signed, redirects and signed not in (self.signed_names, self.cors)
        yield self.lifecycle, False
        yield self.deletes, True


def check(bucket: Bucket, origin: str) -> Iterator[BucketAbility]:
    """What works and what does not, one after the other. Raises UNAVAILABLE where nothing can be stored at all."""
    trial = _Trial(bucket, origin)
    try:
        for act, needed in trial.checks():
            name = act.__name__
            try:
                yield BucketAbility(name, act(), needed)
            except AppError as error:
                if name == "stores":
                    raise
                yield BucketAbility(name, False, needed, str(error.values.get("reason", "")))
            except (requests.RequestException, KeyError) as error:
                yield BucketAbility(name, False, needed, type(error).__name__)
    finally:
        with contextlib.suppress(AppError):
            bucket.call("delete_object", Key=trial.key)
