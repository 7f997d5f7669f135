"""What users correct by hand."""

from typing import Any

import numpy as np
import pytest

from engine.errors import AppError, Code
from engine.tag.correct import corrected

FOUND: dict[str, Any] = {
    "tempo": {
        "bpm": 60.0, "confidence": 0.7, "alternative_bpm": 120.0, "beats_per_bar": 4, "source": "model",
        "beats_s": [0.5, 1.5, 2.5, 3.5, 4.5], "downbeats_s": [0.5, 4.5], "curve": [[0.0, 60.0], [2.0, 61.0]],
    },
    "key": {"name": "E minor", "camelot": "9A", "open_key": "2m", "confidence": 0.6, "source": "madmom"},
}  # fmt: skip


def test_double_the_tempo_has_double_the_beats_and_there_is_a_way_back() -> None:
    double = corrected(FOUND, {"tempo": {"bpm": 120}})["tempo"]
    assert double["beats_s"] == [0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5]
    assert double["curve"] == [[0.0, 120.0], [2.0, 122.0]]
    assert double["downbeats_s"] == [0.5, 2.5, 4.5], "bars are half as long"
    assert (double["beats_per_bar"], double["alternative_bpm"], double["source"]) == (4, 60.0, "user")
    back = corrected({"tempo": double}, {"tempo": {"bpm": 60}})["tempo"]
    assert back["beats_s"] == FOUND["tempo"]["beats_s"] and back["downbeats_s"] == FOUND["tempo"]["downbeats_s"]


def test_about_double_has_the_curve_of_its_beats() -> None:
    double = corrected(FOUND, {"tempo": {"bpm": 121.5}})["tempo"]
    assert double["bpm"] == 121.5 and double["curve"] == [[0.0, 120.0], [2.0, 122.0]]
    assert np.allclose(np.diff(double["beats_s"]), 0.5)


def test_half_the_tempo_keeps_the_beats_on_which_bars_begin() -> None:
    late = {**FOUND["tempo"], "downbeats_s": [1.5]}
    half = corrected({"tempo": late}, {"tempo": {"bpm": 30}})["tempo"]
    assert half["beats_s"] == [1.5, 3.5] and half["downbeats_s"] == [1.5] and half["beats_per_bar"] == 4


@pytest.mark.parametrize("bar", [2, 3, 4])
@pytest.mark.parametrize("upbeats", [0, 1])
def test_what_is_doubled_and_halved_is_what_it_was(bar: int, upbeats: int) -> None:
    beats = [round(0.5 + 0.6 * number, 3) for number in range(24 + upbeats)]
    slow = {"bpm": 100.0, "beats_s": beats, "downbeats_s": beats[upbeats::bar], "beats_per_bar": bar, "source": "model"}
    fast = corrected({"tempo": slow}, {"tempo": {"bpm": 200}})["tempo"]
    assert np.allclose(np.diff(fast["beats_s"]), 0.3, atol=0.002)
    assert set(slow["downbeats_s"]) <= set(fast["downbeats_s"])
    assert len(fast["downbeats_s"]) >= 2 * len(slow["downbeats_s"]) - 1
    again = corrected({"tempo": fast}, {"tempo": {"bpm": 100}})["tempo"]
    assert again["beats_s"] == beats and set(again["downbeats_s"]) <= set(beats)
    if upbeats < bar - upbeats:
        assert again["downbeats_s"] == slow["downbeats_s"]


def test_double_the_tempo_of_a_long_sound_has_too_many_beats_to_keep() -> None:
    long = {**FOUND["tempo"], "beats_s": [float(beat) for beat in range(15_000)]}
    double = corrected({"tempo": long}, {"tempo": {"bpm": 120}})["tempo"]
    assert (double["bpm"], double["beats_s"], double["downbeats_s"]) == (120, [], [])
    assert double["curve"] == [[0.0, 120.0], [2.0, 122.0]]


@pytest.mark.parametrize("before", ["fast", 7, {"bpm": "x"}, {"bpm": 10**400, "source": "model"}, {"bpm": 60}])
def test_what_stood_there_may_be_no_tempo(before: object) -> None:
    assert corrected({"tempo": before}, {"tempo": {"bpm": 120}})["tempo"]["bpm"] == 120


def test_another_tempo_has_no_beats_and_a_finer_one_keeps_them() -> None:
    other = corrected(FOUND, {"tempo": {"bpm": 97.5}})["tempo"]
    assert other["bpm"] == 97.5 and other["beats_s"] == [] and other["confidence"] == 1
    assert corrected(FOUND, {"tempo": {"bpm": 60.1}})["tempo"]["beats_s"] == FOUND["tempo"]["beats_s"]
    assert corrected({}, {"tempo": {"bpm": 97.5}})["tempo"]["bpm"] == 97.5


def test_a_key_is_the_users_whole() -> None:
    for text in ("G major", "9B", "2d", "соль мажор", "G大调"):
        key = corrected(FOUND, {"key": {"name": text}})["key"]
        assert (key["name"], key["camelot"], key["open_key"]) == ("G major", "9B", "2d")
        assert (key["source"], key["confidence"]) == ("user", 1)


def test_a_line_is_kept_without_what_no_database_or_page_can_show() -> None:
    tag = {"name": " c\0al\x07m\nsea\u202e ", "category": "mood", "source": "user", "stem": "a\0"}
    (found,) = corrected({}, {"tags": [tag]})["tags"]
    assert (found["name"], found["stem"]) == ("calm sea", "a")
    assert corrected({}, {"key": {"name": "9A", "second": "C\0 major"}})["key"]["second"] == "C major"


@pytest.mark.parametrize(
    "change",
    [None, [], {}, {"vectors": {}}, {"tempo": 120}, {"tempo": {"bpm": "fast"}}, {"tempo": {"bpm": 1e9}}, {"tempo": {}},
     {"tempo": {"bpm": float("nan")}}, {"key": {"name": "H flat"}},
     {"key": {}}, {"key": {"name": 7}}, {"tags": [{"name": "", "category": "mood", "source": "user"}]},
     {"tags": [{"name": " \0\n", "category": "mood", "source": "user"}]},
     {"tags": [{"name": "x" * 61, "category": "mood", "source": "user"}]},
     {"key": {"name": "9A", "second": "x" * 31}},
     {"tags": [{"name": "calm", "category": "colour", "source": "user"}]}, {"tempo": {"bpm": 60, "surplus": 1}},
     {"tempo": {"bpm": 10**400}}, {"tempo": {"bpm": True}}, {"tempo": {"bpm": 60, "curve": [[0, 60]] * 20_001}},
     {"tempo": {"bpm": 60, "downbeats_s": [1] * 20_001}},
     {"tags": [{"name": "calm", "category": "mood", "source": "user"}] * 201}],
)  # fmt: skip
def test_what_is_no_correction_is_refused(change: object) -> None:
    with pytest.raises(AppError) as caught:
        corrected(FOUND, change)
    assert caught.value.code is Code.INVALID_INPUT
