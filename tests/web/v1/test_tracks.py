"""Tracks over version 1: the record, the files by ranges, pages."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.web.v1.conftest import DocumentedClient


@pytest.fixture(scope="module")
def track(make_client: Any) -> Any:
    """A track with stems and a score."""
    client: DocumentedClient = make_client()
    job = client.done(duration=0.5, beside=True, prompt="ranges")
    return client.get(f"/api/v1/tracks/{job['tracks'][0]['id']}").json


@dataclass
class Case:
    """What a `Range` asks for: the part as a slice of the whole, or None where it is refused."""

    range: str
    status: int
    part: slice | None


CASES = [
    Case("bytes=0-0", 206, slice(0, 1)),
    Case("bytes=100-199", 206, slice(100, 200)),
    Case("bytes=100-", 206, slice(100, None)),
    Case("bytes=-1", 206, slice(-1, None)),
    Case("bytes=-100", 206, slice(-100, None)),
    Case("bytes=-99999999999", 206, slice(0, None)),
    Case("bytes=0-99999999999", 206, slice(0, None)),
    Case("Bytes=5-6", 206, slice(5, 7)),
    Case("bytes=99999999-", 416, None),
    Case("bytes=99999999-100000000", 416, None),
    Case("bytes=-0", 416, None),
    Case("bytes=9-5", 200, slice(0, None)),
    Case("bytes=0-1,5-6", 200, slice(0, None)),
    Case("bytes=x", 200, slice(0, None)),
    Case("bytes=", 200, slice(0, None)),
    Case("items=0-1", 200, slice(0, None)),
    Case("0-1", 200, slice(0, None)),
    Case("bytes=1-2-3", 200, slice(0, None)),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.range)
def test_a_part_is_right_to_the_byte(client: DocumentedClient, track: Any, case: Case) -> None:
    whole = client.get(track["audio_url"])
    assert whole.headers["Accept-Ranges"] == "bytes" and whole.headers["ETag"]
    size = len(whole.data)
    answer = client.get(track["audio_url"], headers={"Range": case.range})
    assert answer.status_code == case.status
    if case.part is None:
        assert answer.headers["Content-Range"] == f"bytes */{size}" and answer.json["code"] == "RANGE_NOT_SATISFIABLE"
        return
    assert answer.data == whole.data[case.part]
    first, last, _ = case.part.indices(size)
    told = f"bytes {first}-{last - 1}/{size}" if case.status == 206 else None
    assert answer.headers.get("Content-Range") == told and answer.content_length == len(answer.data)


def test_conditions_are_heeded(client: DocumentedClient, track: Any) -> None:
    url, part = track["audio_url"], {"Range": "bytes=0-3"}
    etag = client.get(url).headers["ETag"]
    assert client.get(url, headers={"If-None-Match": etag}).status_code == 304
    assert client.get(url, headers={"If-None-Match": '"other"'}).status_code == 200
    assert client.get(url, headers=part | {"If-Range": etag}).status_code == 206
    assert client.get(url, headers=part | {"If-Range": '"other"'}).status_code == 200
    assert client.get(url, headers=part | {"If-None-Match": etag}).status_code == 304
    head = client.head(url, headers=part)
    assert head.status_code == 200 and head.data == b"" and head.content_length > 100
    assert client.get(f"{url}?download=1").headers["Content-Disposition"].startswith("attachment")


def test_a_track_is_told_with_all_its_files(client: DocumentedClient, track: Any) -> None:
    assert set(track["stems_urls"]) == {"high", "low"} and track["picture_url"] is None
    for url in (track["midi_url"], *track["stems_urls"].values(), f"/api/v1/tracks/{track['id']}/stems.zip"):
        assert client.get(url).status_code == 200
    for name in ("peaks", "spectrogram", "cover"):
        assert client.get(f"/api/v1/tracks/{track['id']}/{name}").status_code == 200
    for name in ("picture", "project", "match"):
        assert client.get(f"/api/v1/tracks/{track['id']}/{name}").json["code"] == "NOT_FOUND"


def test_a_track_is_changed_and_deleted(client: DocumentedClient) -> None:
    url = f"/api/v1/tracks/{client.done()['tracks'][0]['id']}"
    changed = client.patch(url, json={"title": "Evening", "favourite": True, "locked": True}).json
    assert (changed["title"], changed["favourite"], changed["locked"]) == ("Evening", True, True)
    assert client.patch(url, json={"name": "x"}).json["code"] == "INVALID_INPUT"
    assert client.delete(url).json["code"] == "INVALID_INPUT"  # it is locked
    assert client.patch(url, json={"locked": False, "title": None}).json["title"] == "tone"
    facts = client.post(f"{url}/annotations", json={"tempo": {"bpm": 120}}).json
    assert facts["facts"]["tempo"]["bpm"] == 120
    assert "tempo" not in client.post(f"{url}/annotations/{facts['annotations'][0]['id']}/undo").json["facts"]
    assert client.delete(url).status_code == 204
    assert client.get(url).status_code == client.get(f"{url}/audio").status_code == 404


@pytest.mark.parametrize("sort", ["newest", "oldest", "title"])
def test_pages_hold_every_track_once(client: DocumentedClient, sort: str) -> None:
    made = {client.done(prompt=f"paged {number}")["tracks"][0]["id"] for number in range(3)}
    seen: list[str] = []
    query: dict[str, Any] = {"q": "paged", "limit": 2, "sort": sort}
    while True:
        page = client.get("/api/v1/tracks", query_string=query).json
        seen += [each["id"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert len(seen) == len(set(seen)) == page["total"] and made <= set(seen)
    assert client.get("/api/v1/tracks?cursor=x").json["code"] == "INVALID_INPUT"
