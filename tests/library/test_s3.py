"""The storage in a bucket, on two servers."""

import contextlib
import io
import itertools
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import RawIOBase
from pathlib import Path
from subprocess import PIPE
from typing import Any, cast
from unittest import mock
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from botocore.exceptions import ClientError
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import AppError, Code
from engine.library.opening import open_storage
from engine.library.s3.bucket import fault_of
from engine.library.s3.cache import IN_USE_S, ObjectCache
from engine.library.s3.places import PLACES, key_at, place_of
from engine.library.s3.storage import S3Storage
from engine.library.storage import Storage
from engine.settings import PROJECT
from tests.conftest import make_settings
from tests.library.storage_contract import StorageContract
from tests.stores import Store, running_store
from tests.waiting import until


@pytest.fixture
def shared(store: Store) -> S3Storage:
    """Empty at first."""
    return store.shared()


class TestS3Storage(StorageContract):
    @pytest.fixture
    def storage(self, shared: S3Storage) -> Storage:
        return shared


@pytest.fixture
def own_store(tmp_path: Path) -> Iterator[Store]:
    """A server that a test may stop."""
    with running_store("nanio", tmp_path) as found:
        yield found


def file_of(folder: Path, content: bytes) -> Path:
    path = folder / "source"
    path.write_bytes(content)
    return path


@given(
    st.lists(st.sampled_from([*PLACES, *PLACES.values(), "other", "incoming", "a", "b.wav"]), min_size=2, max_size=5)
)
def test_names_in_the_bucket_lead_back_to_their_keys(parts: list[str]) -> None:
    key = "/".join(parts)
    assert key_at(place_of(key)) == key
    assert place_of("uploads/ID") == "audio/raw/ID" and place_of("peaks/ID.json") == "viz/ID.json"


def test_what_strangers_put_into_the_bucket_is_not_listed(shared: S3Storage) -> None:
    shared.write("audio/mine.wav", b"x")
    for name in (
        "audio/processed/.hidden",
        "audio/processed/a//b",
        "audio/x",
        "incoming/a/content",
        "README",
        "other/a",
    ):
        with contextlib.suppress(AppError):  # some servers refuse such names
            shared.bucket.call("put_object", Key=name, Body=b"x")
    keys = [entry.key for part in ("audio/", "uploads/", "other/", "stems/") for entry in shared.list(part)]
    assert keys == ["audio/mine.wav"]


@pytest.mark.parametrize("size", [10, 11 * 2**20], ids=["small", "in parts"])
def test_an_exclusive_put_that_was_cut_short_is_known_again(
    shared: S3Storage, tmp_path: Path, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = random.Random(1).randbytes(size)
    source = file_of(tmp_path, content)
    with monkeypatch.context() as crashing:
        crashing.setattr(Path, "unlink", mock.Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            shared.put("audio/a.wav", source, exclusive=True)
    assert shared.put("audio/a.wav", source, exclusive=True) and not source.exists()
    assert shared.fetch("audio/a.wav").read_bytes() == content
    assert not shared.put("audio/a.wav", file_of(tmp_path, content), exclusive=True)
    with cut(shared, "delete_object"):
        shared.move("audio/a.wav", "audio/b.wav", exclusive=True)
    assert shared.stat("audio/a.wav") and shared.stat("audio/b.wav")
    assert shared.move("audio/a.wav", "audio/b.wav", exclusive=True)
    assert [entry.key for entry in shared.list("audio/")] == ["audio/b.wav"]


@contextlib.contextmanager
def cut(storage: S3Storage, failing: str, after: int = 0) -> Iterator[None]:
    """The process dies before it asks for this operation."""
    call, count = storage.bucket.call, itertools.count()

    def act(operation: str, /, **arguments: Any) -> Any:
        if operation == failing and next(count) >= after:
            raise KeyboardInterrupt
        return call(operation, **arguments)

    with mock.patch.object(storage.bucket, "call", side_effect=act), pytest.raises(KeyboardInterrupt):
        yield


def test_an_upload_that_is_cut_in_its_parts_leaves_nothing(shared: S3Storage, tmp_path: Path) -> None:
    source = file_of(tmp_path, bytes(18 * 2**20))
    with cut(shared, "upload_part", after=2):
        shared.put("audio/a.wav", source)
    assert source.exists() and shared.stat("audio/a.wav") is None
    assert not shared.bucket.call("list_multipart_uploads").get("Uploads")


def test_of_two_who_come_at_once_one_is_refused(ministack: Store, tmp_path: Path) -> None:
    """Both were told that the key is free."""
    storage = ministack.shared()
    with mock.patch.object(storage, "_origin", side_effect=[None, None, "another's", "another's"]):
        assert storage.put("audio/a.wav", file_of(tmp_path, b"first"), exclusive=True)
        assert not storage.put("audio/a.wav", file_of(tmp_path, b"second"), exclusive=True)
    assert storage.fetch("audio/a.wav").read_bytes() == b"first"


@pytest.mark.parametrize("outage", ["killed", "frozen"])
def test_an_outage_is_waited_out(
    own_store: Store, tmp_path: Path, outage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.library.s3.bucket.READ_S", 1.0)
    storage = own_store.storage(tmp_path)
    content = random.Random(2).randbytes(12 * 2**20)
    storage.put("audio/long.wav", file_of(tmp_path, content))
    stream = storage.open_range("audio/long.wav")
    begun = stream.read(2**20)
    with ThreadPoolExecutor(2) as pool, contextlib.ExitStack() as away:
        if outage == "killed":
            own_store.kill()
        else:
            away.enter_context(own_store.frozen())
        failing = mock.Mock(wraps=fault_of)
        monkeypatch.setattr("engine.library.s3.bucket.fault_of", failing)
        writing = pool.submit(storage.write, "audio/a", b"x")
        reading = pool.submit(stream.read)
        until(lambda: failing.call_count >= 2)
        assert not writing.done()
        if outage == "killed":
            own_store.start()
        away.close()
        writing.result(60)
        assert begun + reading.result(60) == content
    assert storage.fetch("audio/a").read_bytes() == b"x"


def test_an_outage_without_end_is_told_and_may_be_tried_again(own_store: Store, tmp_path: Path) -> None:
    """But whoever asks whether the bucket is there is told at once, however long others would wait."""
    storage, patient = own_store.storage(tmp_path, patience_s=0.2), own_store.storage(tmp_path, patience_s=3600)
    source = file_of(tmp_path, b"x")
    patient.ask()
    own_store.kill()
    for act in (
        lambda: storage.put("audio/a", source), lambda: storage.write("audio/a", b"x"), lambda: storage.stat("audio/a"),
        lambda: storage.fetch("audio/a"), lambda: list(storage.list("audio/")), lambda: storage.delete("audio/a"),
        storage.ask, patient.ask,
    ):  # fmt: skip
        with pytest.raises(AppError) as away:
            act()
        assert (away.value.code, away.value.recoverable) == (Code.UNAVAILABLE, True)
    assert source.exists()


def test_wrong_keys_and_buckets_are_told_at_once(nanio: Store, tmp_path: Path) -> None:
    refused = nanio.storage(tmp_path, storage_secret="wrong")
    absent = S3Storage(nanio.settings(tmp_path, storage_url=f"s3://absent?endpoint={nanio.url}"), patience_s=20)
    for storage, key in ((refused, "storage_refused"), (absent, "storage_without_bucket")):
        with pytest.raises(AppError) as told:
            storage.write("audio/a", b"x")
        assert (told.value.code, told.value.key, told.value.recoverable) == (Code.UNAVAILABLE, key, False)


@pytest.mark.parametrize(
    "url", ["s3://", "s3://a?endpoint=ftp://x", "s3://a?endpoint=http://", "s3://a?endpont=http://x", "s3://a?style=x"]
)
def test_a_url_that_names_no_bucket_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(AppError) as refused:
        open_storage(make_settings(tmp_path, storage_url=url))
    assert (refused.value.code, refused.value.key) == (Code.INVALID_INPUT, "storage_url_form")


@pytest.mark.parametrize(
    ("status", "reason", "code", "recoverable"),
    [
        (507, "XMinioStorageFull", Code.DISK_FULL, False), (403, "QuotaExceeded", Code.UNAVAILABLE, False),
        (503, "SlowDown", Code.UNAVAILABLE, True), (400, "RequestTimeout", Code.UNAVAILABLE, True),
        (400, "ExpiredToken", Code.UNAVAILABLE, False), (400, "Whatever", Code.UNAVAILABLE, False),
    ],
)  # fmt: skip
def test_what_a_bucket_answers_is_understood(status: int, reason: str, code: Code, recoverable: bool) -> None:
    answer = {"Error": {"Code": reason}, "ResponseMetadata": {"HTTPStatusCode": status}}
    fault = fault_of(ClientError(answer, "PutObject"), "audio/a")  # type: ignore[arg-type]
    assert (fault.code, fault.recoverable) == (code, recoverable)


def test_the_bucket_is_asked_to_encrypt(ministack: Store, tmp_path: Path) -> None:
    storage = ministack.storage(tmp_path, storage_encryption="AES256")
    storage.put("audio/a", file_of(tmp_path, b"x"))
    storage.move("audio/a", "audio/b")
    assert storage.bucket.call("head_object", Key="audio/processed/b")["ServerSideEncryption"] == "AES256"
    kms = ministack.storage(tmp_path, storage_encryption="aws:kms:arn:aws:kms:x:1:key/a").bucket.encryption
    assert kms == {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "arn:aws:kms:x:1:key/a"}


# what is fetched


def test_what_was_fetched_is_kept_until_the_object_changes(shared: S3Storage) -> None:
    shared.write("audio/a.wav", b"old")
    first = shared.fetch("audio/a.wav")
    with mock.patch.object(shared.bucket, "call", wraps=shared.bucket.call) as asked:
        assert shared.fetch("audio/a.wav") == first and first.suffix == ".wav"
        assert [call.args[0] for call in asked.call_args_list] == ["head_object"]
    shared.write("audio/a.wav", b"new")
    assert shared.fetch("audio/a.wav").read_bytes() == b"new" and first.read_bytes() == b"old"


def test_many_may_fetch_at_once(nanio: Store, tmp_path: Path) -> None:
    shared = nanio.shared()
    content = random.Random(3).randbytes(3 * 2**20)
    shared.put("audio/a.wav", file_of(tmp_path, content))
    code = "import sys; from engine.settings import Settings; from engine.library.opening import open_storage; "
    code += "print(open_storage(Settings.model_validate_json(sys.stdin.read())).fetch('audio/a.wav'))"
    told = shared.bucket._settings.model_dump_json()
    command = [sys.executable, "-c", code]
    running = [subprocess.Popen(command, stdin=PIPE, stdout=PIPE, text=True, cwd=PROJECT) for _ in range(2)]
    with ThreadPoolExecutor(4) as pool:
        paths = list(pool.map(lambda _: shared.fetch("audio/a.wav"), range(4)))
    paths += [Path(process.communicate(told, 60)[0].strip()) for process in running]
    assert len(set(paths)) == 1 and paths[0].read_bytes() == content
    assert not list(paths[0].parent.glob(".*"))


def test_what_was_used_longest_ago_makes_room(tmp_path: Path) -> None:
    cache = ObjectCache(tmp_path / "kept", 250)
    old = time.time() - 2 * IN_USE_S

    def kept(name: str) -> Path:
        return cache.file(name, ".wav", lambda: cast(RawIOBase, io.BytesIO(bytes(100))))

    first, second, third = kept("first"), kept("second"), kept("third")
    assert all(path.exists() for path in (first, second, third))  # they may be in use, whatever the size
    for age, path in enumerate((first, second, third)):
        os.utime(path, (old + age, old + age))
    assert kept("first") == first
    fourth = kept("fourth")
    assert [path.exists() for path in (first, second, third, fourth)] == [True, False, False, True]


def test_what_could_not_be_fetched_leaves_nothing(tmp_path: Path) -> None:
    def broken() -> RawIOBase:
        raise AppError(Code.UNAVAILABLE, "storage_away", recoverable=True)

    with pytest.raises(AppError) as away:
        ObjectCache(tmp_path / "kept", 100).file("a", "", broken)
    assert away.value.code is Code.UNAVAILABLE and not list((tmp_path / "kept").iterdir())


# what browsers are sent to


def redirected(
    storage: S3Storage, method: str = "GET", mime: str = "audio/wav", *, saved: bool = False, **headers: str
) -> Any:
    app = Flask(__name__)
    app.add_url_rule("/", view_func=lambda: storage.answer("audio/王.wav", mime=mime, name="王.wav", attachment=saved))
    return app.test_client().open(
        "/", method=method, headers={name.replace("_", "-"): v for name, v in headers.items()}
    )


@pytest.fixture
def redirecting(store: Store, tmp_path: Path) -> S3Storage:
    found = store.storage(tmp_path, storage_redirect=True)
    found.write("audio/王.wav", b"0123456789")
    return found


def asked_at(url: str, **headers: str) -> tuple[int, bytes, Any]:
    try:
        with urlopen(Request(url, headers=headers)) as answer:
            return answer.status, answer.read(), answer.headers
    except HTTPError as refused:
        return refused.code, b"", refused.headers


def test_a_redirection_is_good_for_a_while_and_for_this_object_alone(redirecting: S3Storage) -> None:
    answer = redirected(redirecting)
    where = answer.headers["Location"]
    assert answer.status_code == 302 and where.startswith(f"{redirecting.origin}/") and not answer.data
    assert asked_at(where)[:2] == (200, b"0123456789") and asked_at(where, Range="bytes=2-4")[:2] == (206, b"234")
    for altered in (where.replace(".wav", ".mp3"), where.replace("Expires=3600", "Expires=9999"), where[:-4] + "0000"):
        assert altered != where and asked_at(altered)[0] == 403
    gone = redirecting.bucket.signed("get_object", lasts_s=1, Key="audio/processed/王.wav")
    until(lambda: asked_at(gone)[0] == 403)


def test_whoever_answers_says_what_a_file_is_saved_as(redirecting: S3Storage, store: Store) -> None:
    """nanio does not heed what a link says of that: the server passes on what is to be saved."""
    answer = redirected(redirecting, saved=True)
    passes = store.name == "nanio"
    assert answer.status_code == (200 if passes else 302)
    headers = answer.headers if passes else asked_at(answer.headers["Location"])[2]
    assert headers["Content-Type"] == "audio/wav"
    assert "attachment" in headers["Content-Disposition"]
    assert headers["Content-Disposition"].endswith("filename*=UTF-8''%E7%8E%8B.wav")


def test_data_heads_and_conditions_are_answered_here(redirecting: S3Storage) -> None:
    assert redirected(redirecting, mime="application/json").data == b"0123456789"
    head = redirected(redirecting, "HEAD")
    assert (head.status_code, head.content_length, head.data) == (200, 10, b"")
    assert redirected(redirecting, If_None_Match=head.headers["ETag"]).status_code == 304
    assert redirected(redirecting, Range="bytes=99-").status_code == 416
