"""A script becomes a drama: every line spoken, every step in the record, only what changed made anew."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from engine.drama.params import DramaParams
from engine.drama.production import Production, _with_speech
from engine.drama.project import MOST_UNSPOKEN, Character, Line, Project, uncovered
from engine.drama.run import run
from engine.drama.voices import speak
from engine.drama.voices.line_cache import LineInfo
from engine.drama.voices.utterance import Utterance
from engine.errors import AppError, Canceled, Code
from engine.library.inputs import Input
from tests.drama.fake_speakers import LETTER_S
from tests.fake_job import FakeJob

SCRIPT = """Chapter 1

Rain fell on the old house by the sea. The wind howled.

"You should not have come," said Anna.

"I had no choice," Thomas answered.

[sfx: thunder]

She laughed. "There is always a choice." [pause 2s]

Chapter 2

"It is over," said Anna.
"""
KEY = "upload:" + "a" * 32


class Play:
    """Runs `/drama` on scripts, with speakers that only hum."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.jobs = folder, list[FakeJob]()

    def __call__(self, script: str | bytes, cancel_when: Callable[[], bool] = lambda: False, **params: Any) -> Any:
        job = FakeJob(self.folder, cancel_when)
        self.jobs.append(job)
        path = self.folder / "script.txt"
        path.write_bytes(script if isinstance(script, bytes) else script.encode())
        job.inputs[KEY] = Input(path, title="Script", name=path.name)
        run(DramaParams.checked({"script": KEY, "music": False, **params}), job)
        return job.tracks[0] if job.tracks else None

    @property
    def said(self) -> list[str]:
        noted = self.folder / "said"
        return noted.read_text(encoding="utf-8").splitlines() if noted.exists() else []


@pytest.fixture
def play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Play]:
    monkeypatch.setattr(speak, "MAKERS", dict.fromkeys(speak.MAKERS, "tests.drama.fake_speakers:Tones"))
    monkeypatch.setattr(speak, "files_of", lambda engine, job: [str(tmp_path)])
    playing = Play(tmp_path)
    yield playing
    for job in playing.jobs:
        for engine in job.engines.values():
            engine.dispose()


def project_of(track: dict[str, Any]) -> Project:
    return Project.read(json.loads(track["project"]))


def test_a_script_becomes_a_mix_in_which_everything_is_heard_in_its_time(play: Play) -> None:
    track = play(SCRIPT, seed=5)
    project = project_of(track)
    assert uncovered(project) == [] and project.source == SCRIPT
    assert track["audio"].shape == (2, round((project.duration_s or 0) * 48_000))
    assert sorted(play.said) == sorted({line.text for line in project.lines})
    assert [chapter.title for chapter in project.chapters] == ["Chapter 1", "Chapter 2"]
    at_s = 0.0
    for line in project.lines:
        assert line.start_s is not None and line.end_s is not None and line.start_s >= at_s
        assert line.end_s - line.start_s == pytest.approx(len(line.text) * LETTER_S)
        heard = track["stems"]["dialogue"][:, round(line.start_s * 48_000) : round(line.end_s * 48_000)]
        assert np.sqrt(np.mean(np.square(heard))) > 0.02
        at_s = line.end_s
    speakers = {line.text: line.speaker for line in project.lines}
    assert speakers['"You should not have come,"'] == speakers['"There is always a choice."'] == "anna"
    assert speakers['"I had no choice,"'] == "thomas"
    [thunder] = [clip for clip in project.clips if clip.confidence == 1]
    assert thunder.lane == "effects" and thunder.sound == "made:thunder" and thunder.start_s is not None


def test_the_stems_are_the_lanes_that_sound(play: Play) -> None:
    track = play(SCRIPT)
    assert list(track["stems"]) == ["dialogue", "ambience", "effects"]
    total = sum(track["stems"].values())
    assert np.abs(total).max() >= np.abs(track["audio"]).max() - 1e-6, "only the limiter is between"
    assert np.corrcoef(total[0], track["audio"][0])[0, 1] > 0.99
    assert list(play(SCRIPT, ambience=False, effects=False)["stems"]) == ["dialogue"]
    assert play(SCRIPT, stems=False)["stems"] is None


def test_the_record_tells_who_played_and_what_was_measured(play: Play) -> None:
    details = play(SCRIPT, seed=5)["details"]
    assert details["report"]["loudness_lufs"] == pytest.approx(-18, abs=0.3)
    assert details["report"]["true_peak_dbtp"] <= -0.9
    assert details["language"] == "en" and details["chapters"] == 2
    assert set(details["cast"]) == {"Narrator", "Anna", "Thomas"} and len(set(details["cast"].values())) == 3
    assert {"Kokoro 82M"} <= {credit["name"] for credit in details["credits"]}
    assert play.jobs[0].tracks[0]["parameters"] == {"seed": 5}


def test_a_book_for_acx_is_voices_alone(play: Play) -> None:
    track = play(SCRIPT, level="acx")
    assert track["stems"] is None and track["rate_hz"] == 44_100
    limits = {limit["name"]: limit["passed"] for limit in track["details"]["report"]["acx"]}
    assert limits and all(limits.values()), limits


def test_a_saved_project_opens_again_and_only_what_changed_is_spoken(play: Play) -> None:
    first = play(SCRIPT, seed=5)
    before = list(play.said)
    again = play(first["project"])
    assert play.said == before, "every line was kept"
    assert np.array_equal(again["audio"], first["audio"])
    project = project_of(first)
    line = next(line for line in project.lines if line.speaker == "thomas")
    line.text = "I had none"
    changed = project_of(play(project.model_dump_json()))
    assert play.said == [*before, "I had none"]
    assert next(each for each in changed.lines if each.id == line.id).text == "I had none"
    assert [each.id for each in changed.lines] == [each.id for each in project.lines]
    assert {each.id: each.voice for each in changed.characters} == {each.id: each.voice for each in project.characters}


def test_a_play_whose_speakers_are_named_has_sounds_and_feelings_too(play: Play) -> None:
    track = play("ANNA: Who is there?\nTOM: (whispering) It is me. [sfx: knock]\nANNA: Come in!\nTOM: Yes.\n")
    project = project_of(track)
    assert [line.speaker for line in project.lines] == ["anna", "tom", "anna", "tom"]
    assert project.lines[1].emotion == "whispering"
    assert [clip.sound for clip in project.clips] == ["made:knock"] and "effects" in track["stems"]


def test_a_cast_that_is_given_plays(play: Play) -> None:
    cast = json.dumps({"Anna": "kokoro:bf_emma", "narrator": {"voice": "kokoro:bm_george", "speed": 1.1}})
    characters = {each.id: each for each in project_of(play(SCRIPT, cast=cast)).characters}
    assert characters["anna"].voice == "kokoro:bf_emma"
    assert (characters["narrator"].voice, characters["narrator"].speed) == ("kokoro:bm_george", 1.1)


def test_for_commercial_use_nothing_is_chosen_whose_licence_forbids_it(play: Play) -> None:
    script = "Волны шумели на берегу моря. Ночью в таверне было шумно.\n\n— Пора, — сказала Анна.\n"
    usual, free = (play(script, commercial_use=use, sounds="library")["details"]["credits"] for use in (False, True))
    assert not all(credit["commercial_use"] for credit in usual) and all(credit["commercial_use"] for credit in free)
    asked = play(script, commercial_use=True, cast='{"Анна": "silero:baya"}')
    assert asked["details"]["cast"]["Анна"] == "silero:baya"


def test_a_single_line_is_kept_for_the_card_and_makes_no_track(play: Play) -> None:
    line = {"text": "Who is there?", "voice": "kokoro:af_heart"}
    assert play(SCRIPT, utterance=json.dumps(line)) is None
    assert play.said == ["Who is there?"] and list((play.folder / ".cache" / "lines").rglob("*"))


@pytest.mark.parametrize("script", ["", "  \n\n ", "... — ***", "[pause]", "* * *\n\n…"])
def test_a_script_without_words_is_refused(play: Play, script: str) -> None:
    with pytest.raises(AppError) as refused:
        play(script)
    assert refused.value.code is Code.INVALID_INPUT and refused.value.key in ("drama_empty", "script_empty")


@pytest.mark.parametrize(
    "params",
    [{}, {"text": "  "}, {"cast": "[1]", "text": "a"}, {"cast": "{", "text": "a"}, {"utterance": '{"text": "a"}'},
     {"text": "a", "speed": 3}, {"text": "a", "level": "loud"}, {"script": "../x"}, {"text": "x" * 10_001}],
)  # fmt: skip
def test_parameters_that_make_no_sense_are_refused(params: dict[str, Any]) -> None:
    with pytest.raises(AppError) as refused:
        DramaParams.checked(params)
    assert refused.value.code is Code.INVALID_INPUT and refused.value.key == "invalid_params"


def test_a_drama_can_be_canceled_while_it_speaks(play: Play) -> None:
    with pytest.raises(Canceled):
        play('"slow," said Anna.', cancel_when=lambda: bool(play.said))


def test_lines_without_words_are_pauses_and_fail_nothing(play: Play) -> None:
    project = project_of(play("Anna: Well.\n\nTom: ...\n\nAnna: Say something!\n\nTom: — — —\n"))
    assert [line.text for line in project.lines if line.start_s is not None and line.end_s != line.start_s] == [
        "Well.", "Say something!",
    ]  # fmt: skip
    assert uncovered(project) == []


def test_what_is_not_heard_this_time_stays_in_the_project(play: Play) -> None:
    whole = project_of(play(SCRIPT, seed=5))
    voices = play(whole.model_dump_json(), level="acx")
    kept = project_of(voices)
    assert [clip.id for clip in kept.clips] == [clip.id for clip in whole.clips] and whole.clips
    assert all(clip.start_s is None for clip in kept.clips)
    again = play(voices["project"], ambience=False)
    assert list(again["stems"]) == ["dialogue", "effects"]
    assert [clip.start_s for clip in project_of(again).clips if clip.lane == "effects"] != [None]


def test_a_sound_with_parameters_that_it_has_not_is_told_before_anything_is_mixed(play: Play) -> None:
    project = project_of(play(SCRIPT, seed=5))
    thunder = next(clip for clip in project.clips if clip.sound == "made:thunder")
    thunder.parameters = {"loudness of doom": 3.0}
    track = play(project.model_dump_json())
    assert "effects" not in track["stems"] and any("made:thunder" in note for note in track["details"]["notes"])


def test_damaged_sounds_of_the_user_are_named_before_anything_is_spoken(play: Play) -> None:
    project = project_of(play(SCRIPT, seed=5))
    (play.folder / "said").unlink()
    for name, data in (("bad.wav", b"no sound"), ("worse.flac", b"")):
        (play.folder / "sounds").mkdir(exist_ok=True)
        (play.folder / "sounds" / name).write_bytes(data)
    for clip, name in zip(project.clips, ("bad.wav", "worse.flac"), strict=False):
        clip.sound = f"own:{name}"
    with pytest.raises(AppError) as refused:
        play(project.model_dump_json(), speed=1.2)
    assert (refused.value.code, refused.value.key) == (Code.INVALID_INPUT, "own_sounds_broken")
    assert refused.value.values == {"count": 2, "sounds": "bad.wav, worse.flac"} and play.said == []
    assert play(project.model_dump_json(), speed=1.2, level="acx"), "voices alone need no sounds"


def test_lines_that_are_lost_before_the_mix_are_spoken_again(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    before = play(SCRIPT, seed=5)
    lay_out = Production.lay_out

    def emptied(self: Production, *args: Any) -> Project:
        for path in (play.folder / ".cache" / "lines").rglob("*.line"):
            path.unlink()
        return lay_out(self, *args)

    monkeypatch.setattr(Production, "lay_out", emptied)
    assert np.array_equal(play(before["project"])["audio"], before["audio"])
    assert sorted(play.said) == sorted(2 * list({line.text for line in project_of(before).lines}))


def test_a_sound_that_is_gone_is_said_and_the_rest_is_heard(play: Play) -> None:
    project = project_of(play(SCRIPT, seed=5))
    for clip in project.clips:
        clip.sound = "own:gone.wav"
    track = play(project.model_dump_json())
    assert list(track["stems"]) == ["dialogue"]
    assert any("own:gone.wav" in note for note in track["details"]["notes"])


def test_a_voice_that_nobody_hears_fails_nothing_and_is_owed_nothing(play: Play) -> None:
    project = project_of(play(SCRIPT, seed=5))
    project.characters.append(Character(id="ghost", name="Ghost", voice="kokoro:nobody"))
    details = play(project.model_dump_json())["details"]
    assert "Ghost" not in details["cast"] and {"Kokoro 82M"} <= {credit["name"] for credit in details["credits"]}


@pytest.mark.parametrize("words", [{"": "a"}, {"x" * 201: "a"}, {"a": "x" * 201}, {str(n): "a" for n in range(5001)}])
def test_pronunciations_have_bounds(words: dict[str, str]) -> None:
    with pytest.raises(AppError) as refused:
        Project.read({"pronunciations": words})
    assert (refused.value.code, refused.value.key) == (Code.INVALID_INPUT, "drama_project")
    with pytest.raises(ValidationError):
        Utterance(text="a", voice="espeak:en", pronunciations=words)


def test_a_line_of_which_nearly_nothing_can_be_said_is_kept_with_the_first_of_it() -> None:
    info = LineInfo("a" * 40, 1.0, unspoken=[chr(0x1F300 + number) for number in range(MOST_UNSPOKEN + 1)])
    line = _with_speech(Line(id="l1", start=0, end=1, text="a"), info)
    assert len(line.unspoken) == MOST_UNSPOKEN and Line.model_validate(line.model_dump()) == line
