"""The sounds of a drama over REST: found by words in three languages, heard as WAV, and no way out of the folder."""

import io
import json
from urllib.parse import quote

import numpy as np
import pytest
import soundfile

from engine.drama.sounds.listing import built_in
from tests.live import Live


def found(server: Live, **query: str) -> list[dict[str, object]]:
    asked = "&".join(f"{name}={quote(value)}" for name, value in query.items())
    sounds: list[dict[str, object]] = server.json("GET", f"/api/sounds?{asked}")["sounds"]
    return sounds


def refusal(server: Live, path: str) -> tuple[int, str]:
    status, _, body = server.request("GET", path)
    return status, str(json.loads(body)["error"]["detail"]["key"])


def test_all_sounds_are_listed_with_what_people_need_to_know(server: Live) -> None:
    listed = {str(row["id"]): row for row in found(server)}
    assert set(built_in()) <= set(listed)
    rain, cafe = listed["made:rain"], listed["ambience:town/coffee-shop"]
    assert rain["parameters"] == {"intensity": [0, 0.5, 1], "roof": [0, 0, 1]}
    assert (rain["installed"], rain["kind"], rain["loops"], rain["title"]) == (True, "ambience", True, "Rain")
    assert cafe["credit"] == "AshFox, freesound.org" and "not stated" in str(cafe["licence"])
    assert cafe["installed"] is False
    assert server.json("GET", "/api/health")["model_packages"] == []


def test_words_of_three_languages_find_the_same_sound(server: Live) -> None:
    for words in ("thunder", "раскат грома", "雷声"):
        assert found(server, q=words, kind="effect")[0]["id"] == "made:thunder"
    assert found(server, q="thunder", language="zh")[0]["title"] == "雷声"
    assert found(server, q="thunder", kind="ambience") == [
        row for row in found(server, q="thunder") if row["kind"] == "ambience"
    ]
    assert found(server, q="nothing of the kind whatsoever") == []
    assert {row["kind"] for row in found(server, kind="effect")} == {"effect"}


def test_the_users_own_are_listed_first_and_links_never(server: Live) -> None:
    folder = server.settings.sounds_dir
    folder.mkdir(parents=True, exist_ok=True)
    soundfile.write(folder / "my thunder.wav", np.zeros(800), 8000)
    (folder / "secret thunder.wav").symlink_to("/etc/hostname")
    assert [row["id"] for row in found(server, q="thunder")][:2] == ["own:my thunder.wav", "made:thunder"]
    status, key = refusal(server, f"/api/sounds/audio?id={quote('own:secret thunder.wav')}")
    assert (status, key) == (404, "error.no_such_sound")


@pytest.mark.parametrize(
    ("query", "status", "key"),
    [
        ("id=made:nothing", 404, "no_such_sound"),
        ("", 404, "no_such_sound"),
        ("id=own:../settings/library.db", 404, "no_such_sound"),
        ("id=made:rain&duration_s=61", 400, "number_range"),
        ("id=made:rain&duration_s=nan", 400, "number_range"),
        ("id=made:rain&seed=-1", 400, "number_range"),
        ("id=made:rain&intensity=2", 400, "number_range"),
        ("id=made:rain&colour=1", 400, "sound_parameter"),
    ],
)
def test_what_cannot_be_heard_is_refused(server: Live, query: str, status: int, key: str) -> None:
    assert refusal(server, f"/api/sounds/audio?{query}") == (status, f"error.{key}")


def test_an_unknown_kind_is_refused(server: Live) -> None:
    assert refusal(server, "/api/sounds?kind=music") == (400, "error.sound_kind")


def test_a_sound_is_heard_as_wav_and_ours_where_a_package_is_not_there(server: Live) -> None:
    for asked, heard, seconds in (("made:knock", "made:knock", None), ("ambience:town/train", "made:train", 3.5)):
        length = "" if seconds is None else f"&duration_s={seconds}"
        status, headers, body = server.request("GET", f"/api/sounds/audio?id={quote(asked)}&seed=4{length}")
        assert status == 200 and headers["Content-Type"] == "audio/wav"
        assert headers["X-Sound"] == quote(heard)
        assert headers["Cache-Control"] == ("private, max-age=3600" if asked == heard else "no-store")
        sound, rate_hz = soundfile.read(io.BytesIO(body), always_2d=True)
        assert rate_hz == 48_000 and sound.shape[1] == 2 and np.abs(sound).max() > 0.01
        if seconds:
            assert len(sound) == seconds * 48_000
