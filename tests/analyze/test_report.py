"""The report: what it says of a track that is known well, little, or wrongly, in three languages."""

import re
from pathlib import Path
from typing import Any

import pytest

from engine.analyze.report import markdown, result, result_schema
from engine.analyze.report.bars import chords_of_bars, rounds
from engine.analyze.report.known import known
from engine.analyze.report.result import AnalysisResult
from engine.analyze.report.words import clock, plain
from engine.library.annotations import annotated
from engine.library.record import Annotation
from engine.messages import LANGUAGES
from engine.tag.correct import corrected
from engine.tag.facts import MOST_BEATS, MOST_CHORDS, MOST_TAGS, ChordFact, SoundFact, TrackFacts
from tests.analyze.reported import FACTS, PIANO, reported

SILENCE = TrackFacts(sound=SoundFact(kind="silence", speech=0, singing=0, music=0))


def whys(found: dict[str, Any]) -> list[str]:
    return [one["why"] for one in found["missing"]]


def test_the_result_is_what_its_schema_says_and_leaves_nothing_to_guess(tmp_path: Path) -> None:
    found = result(reported(tmp_path))
    assert AnalysisResult.model_validate(found).model_dump(mode="json") == found
    assert (found["version"], found["track"]["title"], found["track"]["duration_s"]) == (1, "A song", 64)
    assert found["sections"][0]["bars"] == [["Am"], ["F"], ["C"], ["G"]] * 2
    assert found["chords"][-1] == {"start_s": 62.0, "end_s": 64.0, "chord": "E"}
    assert [one["name"] for one in found["key"]["compatible"]] == ["C# minor", "B minor", "A major"]
    assert list(found["tags"]) == ["genre", "mood", "instruments"]
    assert found["stems"][0]["heard"]["level_db"] == -6.5 and found["stems"][1]["heard"] is None
    assert [model["id"] for model in found["models"]] == ["musicnn", "tempocnn", "beatnet"]
    assert found["targets"][0] == {
        "place": "streaming", "target_lufs": -14.0, "gain_db": -4.7, "true_peak_dbtp": -5.1, "room": True,
    }  # fmt: skip
    assert whys(found) == ["no_clamp"]
    assert "fingerprint" not in found and "vectors" not in found


def test_every_field_of_the_result_says_what_it_means() -> None:
    schema = result_schema()
    assert len(schema["$defs"]) > 10
    for each in (schema, *schema["$defs"].values()):
        assert [name for name, field in each.get("properties", {}).items() if not field.get("description")] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_people_read_it_in_their_language(tmp_path: Path, language: str) -> None:
    text = markdown(reported(tmp_path), language)
    said = {
        "en": ("This is a song.", "F♯ minor", "Mood: calm", "turned down by 4.7 dB", "120 BPM", "yours"),
        "ru": ("Это песня.", "фа-диез минор", "Настроение: спокойная", "тише на 4,7 дБ", "120 BPM", "ваше"),
        "zh": ("有人演唱", "小调", "情绪：平静", "降低 4.7 dB", "120 BPM", "你的"),
    }[language]
    assert [words for words in said if words.replace("#", "\\#") not in text] == []
    assert "| ‖: Am \\| F \\| C \\| G :‖ ×2 |" in text and "| ‖: Dm \\| Am \\| E \\| E :‖ ×4 |" in text
    assert re.findall(r"report\.\w+|{\w+}|ui\.\w+|None", text) == []
    assert text.count("\n## ") == 10 and "120" in text.split("CLaMP 3")[0]


def test_an_unknown_language_is_english(tmp_path: Path) -> None:
    assert markdown(reported(tmp_path), "tlh") == markdown(reported(tmp_path), "en")


def test_corrections_are_followed(tmp_path: Path) -> None:
    record = reported(tmp_path)
    change = corrected(record.facts, {"key": {"name": "9A"}, "tempo": {"bpm": 97.5}})
    record = annotated(record, Annotation.now("tag", change))
    found, text = result(record), markdown(record, "en")
    assert (found["key"]["name"], found["tempo"]["bpm"], found["corrected"]) == ("E minor", 97.5, ["key", "tempo"])
    assert "E minor** (corrected by you)" in text and "97.5** (corrected by you)" in text
    assert "no_beats" in whys(found) and found["sections"][0]["bars"] is None
    assert "Am – F – C – G ×2" in text, "without bars the chords follow each other"


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_missing_is_said_with_the_reason(tmp_path: Path, language: str) -> None:
    bare = reported(tmp_path, facts={}, stems=[], levels={})
    assert whys(result(bare)) == ["no_loudness", "not_listened", "no_stems"]
    silent = reported(tmp_path, facts=SILENCE)
    assert whys(result(silent)) == ["no_music"] and result(silent)["tempo"] is None
    heard = TrackFacts(sound=FACTS.sound)
    assert whys(result(reported(tmp_path, facts=heard))) == [
        "no_pulse", "no_key", "no_chords", "no_sections", "no_tags", "no_clamp",
    ]  # fmt: skip
    for record in (bare, silent, reported(tmp_path, facts=heard)):
        text = markdown(record, language)
        assert re.findall(r"report\.\w+|{\w+}|None", text) == [] and text.startswith("# A song\n")


def test_what_clamp_alone_hears_stands_under_the_line_that_misses_it(tmp_path: Path) -> None:
    lines = markdown(reported(tmp_path, stems=[]), "en").splitlines()
    (place,) = (at for at, line in enumerate(lines) if line.startswith("  - "))
    assert "CLaMP 3" in lines[place - 1] and lines[place + 1].startswith("- "), lines[place - 2 : place + 2]


def test_a_composed_piece_is_told_as_its_score_has_it(tmp_path: Path) -> None:
    details = {
        "tempo_bpm": 120.0,
        "key": "A minor",
        "form": [{"name": "intro", "bars": 2, "start_s": 0.0}, {"name": "verse", "bars": 8, "start_s": 4.0}],
        "harmony": [{"start_s": 0.0, "chord": "Am7"}, {"start_s": 4.0, "chord": "Dm"}, {"start_s": 6.0, "chord": "E7"}],
    }
    record = reported(tmp_path, model="composer", command="generate", details=details, facts={}, duration_s=20.0)
    found = result(record)
    assert (found["tempo"]["source"], found["key"]["name"]) == ("score", "A minor")
    assert [(one["label"], one["start_s"], one["end_s"]) for one in found["sections"]] == [
        ("intro", 0, 4), ("verse", 4, 20),
    ]  # fmt: skip
    assert found["sections"][1]["bars"][:3] == [["Dm"], ["E7"], ["E7"]] and len(found["sections"][1]["bars"]) == 8
    assert "| intro | 0:00 | 0:04 | 2 | \\| Am7 \\| Am7 \\| |" in markdown(record, "en")
    assert "вступление" in markdown(record, "ru").lower()


@pytest.mark.parametrize(
    "title",
    [
        "<script>alert(1)</script>",
        "[click](javascript:alert(1)) ![x](http://e.x/y.png)",
        "| a | b |\n| - | - |",
        "# a\n## b",
        "`code` *b* _i_ ~~s~~ $x$ ^y^",
        "https://evil.example www.evil.example a@b.example",
        "1. list",
        "- item",
        "\u202eevil\x00\x1b[31m",
    ],
)
def test_no_title_writes_markdown(tmp_path: Path, title: str) -> None:
    hostile = FACTS.model_copy(update={"tags": [FACTS.tags[0].model_copy(update={"name": title[:60]})]})  # type: ignore[index]
    text = markdown(reported(tmp_path, title=title, artist=title, facts=hostile), "en")
    lines = text.splitlines()
    assert lines[0].startswith("# ") and sum(line.startswith("#") for line in lines) == 11
    for raw in ("<script", "](java", "](http://e", "~~", "http://e", "https://ev", "www.evil", "a@b", "\x1b", "\u202e"):
        assert not re.search(rf"(?<!\\){re.escape(raw)}", text)
    row = next(line for line in lines if line.startswith("| Genre"))
    assert len(re.findall(r"(?<!\\)\|", row)) == 4, "a cell stays one"


def test_plain_text_stays_as_it_is() -> None:
    assert plain("Ночь, 夜 – take 2's “best” (mix)") == "Ночь, 夜 – take 2's “best” \\(mix\\)"
    assert (plain("1. A"), plain("- A"), plain("12) A")) == ("1\\. A", "\\- A", "12\\) A")


def test_facts_that_nobody_can_read_are_left_out(tmp_path: Path) -> None:
    broken = {**FACTS.plain(), "tempo": {"bpm": "fast"}, "tags": "rock", "chords": None, "strange": 1, "stems": [1]}
    found = result(reported(tmp_path, facts=broken))
    assert (found["tempo"], found["tags"], found["chords"]) == (None, {}, [])
    assert found["key"]["name"] == "F# minor"
    details = {"form": [None, {"name": "x"}, {"start_s": 1}], "harmony": "x", "tempo_bpm": 100, "key": "H moll"}
    assert result(reported(tmp_path, facts={}, model="composer", details=details))["sections"] == []


def test_chords_are_put_into_their_bars() -> None:
    chords = [
        ChordFact(start_s=at, chord=name) for at, name in ((0, "N"), (1.1, "C"), (2.1, "G"), (3, "C"), (5.8, "F"))
    ]
    assert chords_of_bars(chords, (0.0, 2.0, 4.0), 6.0) == [["C"], ["G", "C"], ["C"]]
    assert chords_of_bars(chords, (), 6.0) == [] and chords_of_bars([], (0.0, 2.0), 4.0) == [[], []]


@pytest.mark.parametrize(
    ("played", "found"),
    [
        ("", []),
        ("AB", [("AB", 1)]),
        ("AAAA", [("A", 4)]),
        ("XAA", [("XAA", 1)]),
        ("ABABC", [("AB", 2), ("C", 1)]),
        ("XABCDABCD", [("X", 1), ("ABCD", 2)]),
        ("ABCDEFGHABCDEFGH", [("ABCDEFGH", 2)]),
    ],
)
def test_what_goes_round_is_written_once(played: str, found: list[tuple[str, int]]) -> None:
    assert rounds(list(played)) == [(tuple(group), times) for group, times in found]


def test_times_are_read_as_on_a_clock() -> None:
    assert [clock(at) for at in (0, 59.6, 83.4, 3605, -1)] == ["0:00", "1:00", "1:23", "1:00:05", "0:00"]


SCORE = {"tempo_bpm": 120, "key": "A minor"}
VERSE = {"name": "verse", "start_s": 0, "bars": 8}
NONSENSE: dict[str, dict[str, Any]] = {
    "tempo below none": {"details": {**SCORE, "tempo_bpm": -5}},
    "no tempo": {"details": {**SCORE, "tempo_bpm": 0}},
    "endless tempo": {"details": {**SCORE, "tempo_bpm": 10**400}},
    "form before the beginning": {"details": {**SCORE, "form": [{**VERSE, "start_s": -5}]}},
    "endless form": {"details": {**SCORE, "form": [{**VERSE, "start_s": 10**400}]}},
    "form without names": {"details": {**SCORE, "form": [{**VERSE, "name": [1]}, {**VERSE, "name": ""}, "x"]}},
    "long names": {"details": {**SCORE, "form": [{**VERSE, "name": "x" * 500}]}},
    "form backwards": {"details": {**SCORE, "form": [{**VERSE, "start_s": 32}, VERSE]}},
    "endless bars": {"details": {**SCORE, "form": [{**VERSE, "bars": 10**400}, {**VERSE, "start_s": 9}]}},
    "half bars": {"details": {**SCORE, "form": [{**VERSE, "bars": 1.5}, {**VERSE, "start_s": 9}]}},
    "chord before the beginning": {"details": {**SCORE, "harmony": [{"start_s": -1, "chord": "Am"}]}},
    "endless chord": {"details": {**SCORE, "harmony": [{"start_s": 10**400, "chord": "A" * 999}]}},
    "lists that are none": {"details": {**SCORE, "harmony": {"a": 1}, "form": 7}},
    "separator": {"details": SCORE, "parameters": {"separator": {}}},
    "endless rate": {"details": SCORE, "parameters": {"sample_rate": 10**400}},
    "begins before": {"parameters": {"continuation_start_s": -1e308}, "details": {**SCORE, "form": [VERSE]}},
}


@pytest.mark.parametrize("what", NONSENSE)
def test_nonsense_in_a_record_counts_as_missing(tmp_path: Path, what: str) -> None:
    made = reported(tmp_path).model_dump()
    for heard in (FACTS, {}):
        changes = dict(NONSENSE[what], parameters={**made["parameters"], **NONSENSE[what].get("parameters", {})})
        record = reported(tmp_path, model="composer", facts=heard, **changes)
        found = result(record)
        assert AnalysisResult.model_validate(found).model_dump(mode="json") == found
        known_bpm = [120] if heard or "tempo" not in what else []
        assert [tempo["bpm"] for tempo in [found["tempo"]] if tempo] == known_bpm
        assert all(0 <= one["start_s"] <= one["end_s"] for one in found["sections"] + found["chords"])
        assert markdown(record, "en").startswith("# A song")


def test_of_millions_of_bars_those_within_the_track_are_told(tmp_path: Path) -> None:
    form = [{**VERSE, "bars": 3_000_000}, {**VERSE, "start_s": 32, "bars": 4}]
    alone = known(reported(tmp_path, model="composer", facts={}, details={**SCORE, "form": form[:1]}))
    assert alone.bars_s == (), "of how long they are nothing is known"
    many = known(reported(tmp_path, model="composer", facts={}, details={**SCORE, "form": form}))
    assert len(many.bars_s) <= MOST_BEATS
    short = [{**VERSE, "bars": 4}, {**VERSE, "start_s": 8, "bars": 3_000_000}]
    within = known(reported(tmp_path, model="composer", facts={}, details={**SCORE, "form": short}))
    assert within.bars_s == tuple(2.0 * bar for bar in range(32))


def test_more_than_a_record_may_have_counts_as_missing(tmp_path: Path) -> None:
    chords = [{"start_s": number, "chord": "Am"} for number in range(MOST_CHORDS + 1)]
    facts = FACTS.plain() | {"tags": [PIANO.model_dump()] * (MOST_TAGS + 1), "chords": chords}
    found = result(reported(tmp_path, facts=facts))
    assert (found["tags"], found["chords"]) == ({}, []) and found["tempo"]["bpm"] == 120


def test_beats_and_chords_in_any_order_are_gone_through_once(tmp_path: Path) -> None:
    tempo = {**FACTS.plain()["tempo"], "downbeats_s": [2.0 * bar for bar in range(32)][::-1]}
    facts = FACTS.plain() | {"tempo": tempo, "chords": FACTS.plain()["chords"][::-1]}
    assert result(reported(tmp_path, facts=facts))["sections"] == result(reported(tmp_path))["sections"]
