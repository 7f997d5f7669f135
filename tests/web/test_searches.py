"""The library is searched by words, likeness, tempo, key and tags, over REST."""

from typing import Any
from urllib.parse import urlencode

import pytest

from tests.live import Live
from tests.web.test_api import made


def found(server: Live, **asked: Any) -> dict[str, Any]:
    answer = server.json("GET", f"/api/tracks?{urlencode(asked, doseq=True)}")
    assert isinstance(answer, dict)
    return answer


def corrected(server: Live, track: dict[str, Any], **facts: Any) -> None:
    server.json("POST", f"/api/tracks/{track['id']}/annotations", facts)


@pytest.fixture(scope="module")
def tracks(server: Live) -> list[dict[str, Any]]:
    """Three tracks; the user knows what is in two of them."""
    tracks = [made(server, prompt=f"Поиск {number}", duration=0.1) for number in range(3)]
    corrected(
        server, tracks[0], tempo={"bpm": 72}, key={"name": "Am"},
        tags=[{"name": name, "category": category, "source": "user"}
              for category, name in (("instruments", "piano"), ("mood", "calm"))],
    )  # fmt: skip
    corrected(
        server, tracks[1], tempo={"bpm": 144}, key={"name": "9A"},
        tags=[{"name": "techno", "category": "genre", "source": "user"}],
    )  # fmt: skip
    return tracks


def test_words_are_searched_by_meaning(server: Live, tracks: list[dict[str, Any]]) -> None:
    answer = found(server, q="спокойное пианино", meaning=1)
    assert [row["id"] for row in answer["tracks"]] == [tracks[0]["id"]] and answer["total"] == 1
    assert {part["label"] for part in answer["tracks"][0]["why"]} == {"mood/calm", "instruments/piano"}
    assert sum(part["share"] for part in answer["tracks"][0]["why"]) == pytest.approx(1, abs=0.01)
    assert answer["untagged"] == server.json("GET", "/api/library")["total"] - 2
    assert found(server, q="спокойное пианино")["total"] == 0  # no such words in any text


def test_tempo_key_and_tags_filter_the_list(server: Live, tracks: list[dict[str, Any]]) -> None:
    def ids(**asked: Any) -> list[str]:
        return [row["id"] for row in found(server, q="Поиск", **asked)["tracks"]]

    slow, fast = tracks[0]["id"], tracks[1]["id"]
    assert ids(low_bpm=70, high_bpm="80.5") == [slow] and ids(low_bpm=100) == [fast]
    assert ids(key="A minor") == [slow] and ids(key="A minor", compatible=1) == [fast, slow]
    assert ids(tag=["mood/calm", "instruments/piano"]) == [slow] and ids(tag=["mood/calm", "genre/techno"]) == []
    row = found(server, q="Поиск", tag="mood/calm")["tracks"][0]
    assert (row["bpm"], row["key"]) == (72, "A minor")


def test_the_summary_counts_the_tags_that_are_there(server: Live, tracks: list[dict[str, Any]]) -> None:
    def counts() -> dict[str, int]:
        counted = server.json("GET", "/api/library")["tags"]
        assert isinstance(counted, dict)
        return counted

    assert counts() == {"genre/techno": 1, "instruments/piano": 1, "mood/calm": 1}
    another = made(server, prompt="Ещё спокойнее", duration=0.1)
    corrected(server, another, tags=[{"name": "calm", "category": "mood", "source": "user"}])
    assert list(counts().items()) == [("mood/calm", 2), ("genre/techno", 1), ("instruments/piano", 1)]
    server.json("DELETE", f"/api/tracks/{another['id']}")
    assert counts()["mood/calm"] == 1


@pytest.mark.parametrize(
    "query",
    [
        "low_bpm=fast", "high_bpm=-1", "low_bpm=nan", "key=H", "like=..%2F..%2Fetc", "like=1,2", "unlike=" + "0" * 32,
        "sort=;DROP", "compatible=maybe", "meaning=yesno", "tag=" + "x" * 81, "&".join(["tag=mood/calm"] * 21),
        "like=" + ",".join(["0" * 32] * 21), "limit=-1", "offset=x",
    ],
)  # fmt: skip
def test_what_cannot_be_searched_for_is_refused(server: Live, query: str) -> None:
    status, _, _ = server.request("GET", f"/api/tracks?{query}")
    assert status == 400


def test_tracks_that_are_not_there_or_not_listened_to_are_like_none(server: Live, tracks: list[dict[str, Any]]) -> None:
    assert server.request("GET", f"/api/tracks?like={'0' * 32}")[0] == 404
    status, _, raw = server.request("GET", f"/api/tracks?like={tracks[2]['id']}")
    assert status == 400 and b"like_unheard" in raw


def test_a_smart_playlist_holds_what_its_search_finds_now(server: Live, tracks: list[dict[str, Any]]) -> None:
    search = {"tag": ["mood/calm"], "q": "Поиск"}
    made = server.json("POST", "/api/playlists", {"title": "Тихо: «ночь»", "search": search})
    assert made["search"] == search and made["title"] == "Тихо: «ночь»"
    assert made in server.json("GET", "/api/playlists")["playlists"]
    address = f"/api/playlists/{made['id']}"
    status, headers, raw = server.request("GET", f"{address}/tracks.m3u8")
    lines = raw.decode().splitlines()
    assert status == 200 and headers["Content-Type"].startswith("application/vnd.apple.mpegurl")
    assert lines[:2] == ["#EXTM3U", "#PLAYLIST:Тихо: «ночь»"] and len(lines) == 4
    assert lines[3] == str(server.settings.audio_dir / tracks[0]["file"])
    assert server.json("PATCH", address, {"search": {"q": "Поиск"}, "title": "all"})["title"] == "all"
    assert server.request("GET", f"{address}/tracks.m3u8")[2].count(b"#EXTINF") == 3
    assert server.json("DELETE", address) == {"id": made["id"]}
    for method, path in (("GET", f"{address}/tracks.m3u8"), ("DELETE", address), ("DELETE", "/api/playlists/..%2F..")):
        assert server.request(method, path)[0] == 404


@pytest.mark.parametrize(
    "body",
    [b"[]", b"{}", b'{"title": "x"}', b'{"title": "x", "search": {"q": 1}}', b"not JSON", b"[" * 100_000],
)
def test_what_is_no_playlist_is_refused(server: Live, body: bytes) -> None:
    status, _, raw = server.request("POST", "/api/playlists", body, {"Content-Type": "application/json"})
    assert status == 400 and b"message" in raw


def test_a_playlist_is_saved_under_a_name_that_every_system_can_have(server: Live) -> None:
    kept = server.json("POST", "/api/playlists", {"title": "../../../etc/passwd", "search": {}})
    status, headers, _ = server.request("GET", f"/api/playlists/{kept['id']}/tracks.m3u8")
    said = {name.lower(): value for name, value in dict(headers).items()}["content-disposition"]
    assert status == 200 and "etc_passwd.m3u8" in said and "/" not in said and "%2F" not in said
    server.request("DELETE", f"/api/playlists/{kept['id']}")
