"""The bucket: a client for it whose errors are the program's own, and whose calls wait out an outage."""

import random
import time
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import urlsplit

from engine.errors import AppError, Code, invalid
from engine.library.s3.address import BucketAddress
from engine.library.storage import missing
from engine.settings import Settings

try:
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, PartialCredentialsError
    from urllib3.exceptions import HTTPError
except ImportError as error:
    raise invalid("storage_needs_boto3") from error

CONNECT_S = 3.0
READ_S = 20.0
"""Without an answer for so long a connection is given up."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 3.0

_KEYS = frozenset({"ExpiredToken", "AuthorizationHeaderMalformed", "PermanentRedirect", "InvalidToken"})
_FULL = frozenset({"QuotaExceeded", "InsufficientStorage", "XMinioStorageFull", "StorageFull", "EntityTooLarge"})
_PASSING = frozenset({"SlowDown", "RequestTimeout", "RequestTimeTooSlow", "OperationAborted",
                      "ConditionalRequestConflict", "Throttling", "TooManyRequests"})  # fmt: skip

Result = TypeVar("Result")

FAULTS = (BotoCoreError, ClientError, HTTPError, OSError)
"""What a call, or reading what it answers, raises."""


class ConditionError(AppError):
    """A condition of the request did not hold: another object is there, or it has changed."""


class Bucket:
    """`patience_s`: so long a call is tried again while the store is away, or overloaded."""

    def __init__(self, settings: Settings, *, patience_s: float) -> None:
        """Raises INVALID_INPUT for a URL that is none."""
        self._settings = settings
        self._patience_s = patience_s
        self.redirects = settings.storage_redirect
        self.address = BucketAddress.read(settings.storage_url or "")
        self.client = self._client(self.address.endpoint)
        self._says_names: bool | None = None

    def __str__(self) -> str:
        return f"{self.address.endpoint or 'S3'}/{self.address.bucket}/{self.address.prefix}"

    @cached_property
    def _signer(self) -> Any:
        """The client that signs addresses for others."""
        return self._client(self.address.public) if self.address.public else self.client

    def _client(self, endpoint: str | None) -> Any:
        settings, address = self._settings, self.address
        session = boto3.session.Session(
            aws_access_key_id=settings.storage_key or None,
            aws_secret_access_key=settings.storage_secret or None,
            region_name=address.region,
        )
        config = Config(
            signature_version="s3v4",
            s3={"addressing_style": address.style},
            retries={"total_max_attempts": 1},  # `patiently` does that
            connect_timeout=CONNECT_S,
            read_timeout=READ_S,
            request_checksum_calculation="when_required",  # the body is signed; older servers know no trailers
            response_checksum_validation="when_required",
        )
        return session.client("s3", endpoint_url=endpoint, config=config)

    @cached_property
    def encryption(self) -> dict[str, str]:
        """What each new object is asked to be encrypted with: nothing, SSE-S3, or SSE-KMS and its key."""
        method, _, key = (self._settings.storage_encryption or "").removeprefix("aws:").partition(":")
        if method == "kms":
            return {"ServerSideEncryption": "aws:kms"} | ({"SSEKMSKeyId": key} if key else {})
        return {"ServerSideEncryption": method} if method else {}

    def call(self, operation: str, /, **arguments: Any) -> dict[str, Any]:
        """One operation of S3 on this bucket; `Key` is below the prefix of its URL.

        Raises NOT_FOUND, `ConditionError`, DISK_FULL where the store is full, UNAVAILABLE where it is away or refuses
        our keys.
        """
        key = arguments.get("Key", "")
        for name in ("Key", "Prefix"):
            if name in arguments:
                arguments[name] = self.address.prefix + arguments[name]
        if source := arguments.get("CopySource"):
            arguments["CopySource"] = {"Bucket": self.address.bucket, "Key": self.address.prefix + source}
        act = getattr(self.client, operation)
        answer: dict[str, Any] = self.patiently(key, lambda: act(Bucket=self.address.bucket, **arguments))
        return answer

    def ask(self, key: str) -> None:
        """Raises UNAVAILABLE where it is away, or refuses our keys; it is tried once."""
        act = self.client.head_object
        try:
            self.patiently(key, lambda: act(Bucket=self.address.bucket, Key=self.address.prefix + key), patience_s=0.0)
        except AppError as error:
            if error.code is not Code.NOT_FOUND:
                raise

    def unless_known(self, operation: str, /, **arguments: Any) -> dict[str, Any]:
        """The same with `IfNoneMatch`, or without it where the server says that it does not know that."""
        try:
            return self.call(operation, IfNoneMatch="*", **arguments)
        except AppError as error:
            if error.values.get("reason") != "NotImplemented":
                raise
            return self.call(operation, **arguments)

    def patiently(self, key: str, act: Callable[[], Result], patience_s: float | None = None) -> Result:
        """What `act` gives; tried again while that may help, by default as long as ever. Raises as `call`."""
        patience_s = self._patience_s if patience_s is None else patience_s
        given_up_at, pause_s = time.monotonic() + patience_s, FIRST_PAUSE_S
        while True:
            try:
                return act()
            except FAULTS as error:
                fault = fault_of(error, key)
                if not fault.recoverable or time.monotonic() + pause_s > given_up_at:
                    raise fault from error
            time.sleep(pause_s * random.uniform(0.5, 1.0))
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def names(self, prefix: str) -> Iterator[dict[str, Any]]:
        """What lies below: `Key` without the prefix of the URL, `Size`, `ETag`, `LastModified`."""
        more: dict[str, Any] = {}
        while True:
            page = self.call("list_objects_v2", Prefix=prefix, **more)
            for entry in page.get("Contents", []):
                yield {**entry, "Key": entry["Key"].removeprefix(self.address.prefix)}
            if not page.get("NextContinuationToken"):
                return
            more = {"ContinuationToken": page["NextContinuationToken"]}

    def signed(self, operation: str, *, lasts_s: float | None = None, **arguments: Any) -> str:
        """An address that is good for this one operation, without keys, for a while. Raises UNAVAILABLE."""
        arguments["Key"] = self.address.prefix + arguments["Key"]
        lasts = int(self._settings.storage_link_s if lasts_s is None else lasts_s)
        said = {"Bucket": self.address.bucket, **arguments}
        return self.patiently("", lambda: str(self._signer.generate_presigned_url(operation, said, ExpiresIn=lasts)))

    def says_names(self, key: str) -> bool:
        """Whether a link says under which name its file is saved, which not every store heeds: asked once, of this
        object."""
        if self._says_names is None:
            said = "attachment"
            got = self.call("get_object", Key=key, ResponseContentDisposition=said)
            got["Body"].close()
            self._says_names = got.get("ContentDisposition") == said
        return self._says_names

    @cached_property
    def origin(self) -> str:
        """Scheme and host of the addresses that it signs."""
        parts = urlsplit(self.signed("get_object", Key="-"))
        return f"{parts.scheme}://{parts.netloc}"


def fault_of(error: BaseException, key: str) -> AppError:
    """What went wrong, in words, and whether trying again may help."""
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return AppError(Code.UNAVAILABLE, "storage_refused", reason="no keys")
    if not isinstance(error, ClientError):
        return AppError(Code.UNAVAILABLE, "storage_away", recoverable=True)
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    reason = str(error.response.get("Error", {}).get("Code", status))[:100]
    if reason == "NoSuchBucket":
        return AppError(Code.UNAVAILABLE, "storage_without_bucket")
    if status == 404:
        return missing(key)
    if status == 412:
        return ConditionError(Code.CONFLICT, "storage_changed")
    if status == 416:
        return AppError(Code.RANGE_NOT_SATISFIABLE, "range_not_satisfiable")
    if status in (301, 401, 403) or reason in _KEYS:
        return AppError(Code.UNAVAILABLE, "storage_refused", reason=reason)
    if status == 507 or reason in _FULL:
        return AppError(Code.DISK_FULL, "storage_full")
    if reason == "NotImplemented":
        return AppError(Code.UNAVAILABLE, "storage_fault", reason=reason)
    if status >= 500 or status in (409, 429) or reason in _PASSING:
        return AppError(Code.UNAVAILABLE, "storage_away", recoverable=True)
    return AppError(Code.UNAVAILABLE, "storage_fault", reason=reason)
