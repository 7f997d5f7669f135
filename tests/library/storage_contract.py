"""What every storage must do. A subclass gives the fixture `storage`; how it keeps things the tests do not know."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask, request
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import AppError, Code
from engine.library.storage import Storage

SAFE = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/\\."), min_size=1, max_size=20)
HOSTILE = [
    "", "/", "//", ".", "..", "audio/..", "audio/../..", "../audio/a", "audio/../../etc/passwd", "/etc/passwd",
    "audio//a", "audio/", "audio/./a", "audio/.hidden", ".jobs/a", "audio/a\0b", "audio/a\nb", "audio\\a",
    "audio/..\\..\\a", "C:/Windows", "c:a", "C:", "\\\\server\\share", "audio/" + 300 * "a", "audio/" + 200 * "é",
    "/".join(900 * ["aa"]), "audio/\ud800",
]  # fmt: skip
per_example = settings(max_examples=20, suppress_health_check=list(HealthCheck), deadline=None)


class StorageContract:
    """The fixtures `put` and `read` are shorthand: a file of these bytes becomes the object; its content."""

    @pytest.fixture
    def put(self, storage: Storage, tmp_path: Path) -> Callable[..., bool]:
        def act(key: str, content: bytes, *, exclusive: bool = False) -> bool:
            source = tmp_path / "source"
            source.write_bytes(content)
            done = storage.put(key, source, exclusive=exclusive)
            assert source.exists() is not done
            return done

        return act

    @pytest.fixture
    def read(self, storage: Storage) -> Callable[..., bytes]:
        def act(key: str, start: int = 0, size: int = -1) -> bytes:
            with storage.open_range(key, start) as stream:
                return stream.read(size)

        return act

    @per_example
    @given(parts=st.lists(SAFE, min_size=2, max_size=4), content=st.binary(max_size=200))
    def test_what_was_put_is_there_under_any_key(
        self, storage: Storage, put: Callable[..., bool], read: Callable[..., bytes], parts: list[str], content: bytes
    ) -> None:
        key = "/".join(["audio", *parts])
        assert put(key, content)
        found = storage.stat(key)
        assert found and (found.key, found.size) == (key, len(content))
        assert read(key) == storage.fetch(key).read_bytes() == content
        assert found in list(storage.list(key.rpartition("/")[0] + "/"))
        storage.delete(key)
        assert storage.stat(key) is None and key not in [entry.key for entry in storage.list("audio/")]

    @pytest.mark.parametrize("key", HOSTILE)
    def test_what_is_no_key_is_not_found(self, storage: Storage, put: Callable[..., bool], key: str) -> None:
        storage.write("audio/a", b"x")
        for act in (
            lambda: put(key, b"x"), lambda: storage.write(key, b"x"), lambda: storage.fetch(key),
            lambda: storage.open_range(key), lambda: storage.stat(key), lambda: storage.delete(key),
            lambda: storage.move(key, "audio/b"), lambda: storage.move("audio/a", key),
        ):  # fmt: skip
            with pytest.raises(AppError) as refused:
                act()
            assert refused.value.code is Code.NOT_FOUND
        assert [entry.key for entry in storage.list("audio/")] == ["audio/a"]

    def test_what_is_not_there_is_not_found(self, storage: Storage) -> None:
        key = "audio/none.wav"
        for act in (lambda: storage.fetch(key), lambda: storage.open_range(key), lambda: storage.move(key, "audio/b")):
            with pytest.raises(AppError, match=r"none\.wav") as refused:
                act()
            assert refused.value.code is Code.NOT_FOUND
        assert storage.stat(key) is None and list(storage.list("audio/")) == list(storage.list("none/")) == []
        storage.delete(key)
        storage.delete_all("none/")

    def test_a_second_put_replaces_but_never_an_exclusive_one(
        self, storage: Storage, put: Callable[..., bool], read: Callable[..., bytes]
    ) -> None:
        assert put("audio/a.wav", b"first", exclusive=True)
        assert not put("audio/a.wav", b"second", exclusive=True) and read("audio/a.wav") == b"first"
        assert put("audio/a.wav", b"third") and read("audio/a.wav") == b"third"
        storage.write("audio/a.wav", b"fourth")
        assert read("audio/a.wav") == b"fourth"

    def test_a_move_leaves_nothing_and_overwrites_only_when_it_may(
        self, storage: Storage, put: Callable[..., bool], read: Callable[..., bytes]
    ) -> None:
        put("stems/old/bass.wav", b"bass")
        put("stems/new/bass.wav", b"other")
        assert not storage.move("stems/old/bass.wav", "stems/new/bass.wav", exclusive=True)
        assert read("stems/new/bass.wav") == b"other"
        assert storage.move("stems/old/bass.wav", "stems/third/bass.wav", exclusive=True)
        assert storage.move("stems/third/bass.wav", "stems/new/bass.wav") and read("stems/new/bass.wav") == b"bass"
        assert [entry.key for entry in storage.list("stems/")] == ["stems/new/bass.wav"]

    @per_example
    @given(content=st.binary(max_size=100), start=st.integers(0, 120), size=st.integers(0, 120))
    def test_a_range_is_what_a_slice_would_be(
        self, storage: Storage, read: Callable[..., bytes], content: bytes, start: int, size: int
    ) -> None:
        storage.write("audio/a", content)
        assert read("audio/a", start, size) == content[start : start + size]

    @per_example
    @given(names=st.sets(SAFE, max_size=4), others=st.sets(SAFE, max_size=4))
    def test_what_is_known_of_many_is_what_is_there(
        self, storage: Storage, tmp_path_factory: pytest.TempPathFactory, names: set[str], others: set[str]
    ) -> None:
        folder, keys = tmp_path_factory.mktemp("staged"), [f"audio/one.{name}" for name in names]
        sources = {key: folder / str(number) for number, key in enumerate(keys)}
        for key, source in sources.items():
            source.write_text(key)
        storage.put_all(sources)
        asked = {*keys, *(f"audio/one.{name}" for name in others), "audio/two"}
        assert storage.known(asked) == {key for key in asked if storage.stat(key)} >= set(keys)
        assert not any(source.exists() for source in sources.values())
        assert {key: storage.fetch(key).read_text() for key in keys} == {key: key for key in keys}
        storage.delete_all("audio/")

    def test_a_listing_holds_what_lies_below_and_nothing_beside(self, storage: Storage) -> None:
        keys = {"stems/a/x.wav", "stems/a/y.wav", "stems/ab/x.wav", "stems/a.json", "stems/a/deep/z.wav"}
        for key in keys:
            storage.write(key, key.encode())
        assert {entry.key for entry in storage.list("stems/")} == keys
        assert {e.key for e in storage.list("stems/a/")} == {"stems/a/x.wav", "stems/a/y.wav", "stems/a/deep/z.wav"}
        assert all(entry == storage.stat(entry.key) for entry in storage.list("stems/"))
        storage.delete_all("stems/a/")
        assert {entry.key for entry in storage.list("stems/")} == {"stems/ab/x.wav", "stems/a.json"}

    def test_a_reader_keeps_what_it_opened_while_the_object_is_replaced(self, storage: Storage) -> None:
        storage.write("audio/a", b"old " * 10_000)
        with storage.open_range("audio/a") as stream:
            begun = stream.read(4)
            storage.write("audio/a", b"new " * 10_000)
            assert begun + stream.read() == b"old " * 10_000

    @pytest.mark.parametrize(
        ("headers", "status", "content"),
        [
            ({}, 200, b"0123456789"),
            ({"Range": "bytes=2-4"}, 206, b"234"),
            ({"Range": "bytes=-3"}, 206, b"789"),
            ({"Range": "bytes=99-"}, 416, None),
        ],
    )
    def test_an_answer_gives_what_was_asked_for(
        self, storage: Storage, headers: dict[str, str], status: int, content: bytes | None
    ) -> None:
        storage.write("audio/王.wav", b"0123456789")
        got = self.asked(storage, headers)
        assert got.status_code == status
        if content is not None:
            assert got.data == content and got.mimetype == "audio/wav"

    def test_an_answer_is_saved_under_its_name_and_known_again(self, storage: Storage) -> None:
        storage.write("audio/王.wav", b"0123456789")
        got = self.asked(storage, {}, attachment=True)
        assert got.headers["Content-Disposition"].startswith("attachment") and "%E7%8E%8B" in str(got.headers)
        assert self.asked(storage, {"If-None-Match": got.headers["ETag"]}).status_code == 304
        storage.write("audio/王.wav", b"other")
        assert self.asked(storage, {"If-None-Match": got.headers["ETag"]}).data == b"other"
        storage.delete("audio/王.wav")
        with pytest.raises(AppError) as refused:
            self.asked(storage, {})
        assert refused.value.code is Code.NOT_FOUND

    @staticmethod
    def asked(storage: Storage, headers: dict[str, str], *, attachment: bool = False):  # type: ignore[no-untyped-def]
        app = Flask(__name__)
        app.testing = True

        @app.get("/")
        def answer():  # type: ignore[no-untyped-def]
            assert request.headers
            return storage.answer("audio/王.wav", mime="audio/wav", name="王.wav", attachment=attachment)

        with app.test_client() as client:
            return client.get("/", headers=headers)
