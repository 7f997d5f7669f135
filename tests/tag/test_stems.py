"""Listening stem by stem: what each says, what that decides, and where stems come from."""

import io
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import mido
import numpy as np
import pytest

from engine.audio.encode import write
from engine.errors import AppError, Canceled, Code
from engine.library.inputs import Input, Stem
from engine.parameters import Format
from engine.settings import PROJECT
from engine.tag.facts import SoundFact, TagFact, TrackFacts
from engine.tag.gate.presence import Event, Presence
from engine.tag.level import LevelCurve, LevelListener
from engine.tag.musicnn.engine import Heard
from engine.tag.notes.heard import HeardNote
from engine.tag.params import TagParams
from engine.tag.run import run
from engine.tag.stems import HeardStem, enhanced, notes_by_stem, whole
from tests.made_tracks import make_tracks
from tests.tag.stem_job import RATE_HZ, TRACK, StemJob, played, stem_job

SECONDS = 60


def level(db: float, share: float = 1.0) -> LevelCurve:
    """Of a minute, which sounds for this share of it, at this level then."""
    power = np.zeros(10 * SECONDS, np.float32)
    power[: round(len(power) * share)] = 10 ** (db / 10)
    return LevelCurve(power)


def heard(**labels: float) -> Heard:
    """What musicnn says, by label of either network; 0 for the others."""
    named = tomllib.loads((PROJECT / "engine" / "tag" / "labels.toml").read_text(encoding="utf-8"))
    msd, mtt = (
        np.array([labels.get(label.replace(" ", "_"), 0.0) for label in named[network]], np.float32)
        for network in ("msd", "mtt")
    )
    return Heard(msd, mtt, np.zeros(200, np.float32), np.zeros(200, np.float32), 20)


def singing(share: float) -> Presence:
    return Presence(SECONDS, SECONDS, 5.0, (Event("singing", 0.0, share * SECONDS),))


def stem(db: float = -6.0, share: float = 1.0, sung: float | None = None, **labels: float) -> HeardStem:
    note = HeardNote(0.0, 1.0, 60, 90)
    return HeardStem(level(db, share), heard(**labels), None if sung is None else singing(sung), (note,))


MIX = stem(0.0, piano=0.5, violin=0.5, flute=0.5, harp=0.5, guitar=0.5)
FACTS = TrackFacts(
    sound=SoundFact(kind="music", speech=0.0, singing=0.1, music=1.0),
    tags=[
        TagFact(name="instrumental", category="voice", source="derived"),
        TagFact(name="pop", category="genre", score=0.4, source="musicnn"),
        TagFact(name="violin", category="instruments", score=0.3, source="musicnn"),
        TagFact(name="1980s", category="era", score=0.3, source="musicnn"),
    ],
)


def said(facts: TrackFacts, category: str) -> list[str]:
    return [tag.name for tag in facts.tags or () if tag.category == category]


def test_voices_are_those_of_the_vocals_and_instruments_those_of_the_rest() -> None:
    stems = {
        "vocals": stem(-4, sung=0.8, female_vocalists=0.6, violin=0.9),
        "drums": stem(-6, guitar=0.9),
        "bass": stem(-8, share=0.5, guitar=0.9),
        "other": stem(-5, piano=0.9, drums=0.9, female_vocalists=0.9),
    }
    found = enhanced(FACTS, MIX, stems, 3)
    assert said(found, "voice") == ["vocals", "female voice"]
    assert said(found, "instruments") == ["piano", "drums", "bass"]
    assert said(found, "genre") == ["pop"] and said(found, "era") == ["1980s"]
    assert found.sound and found.sound.kind == "song"
    assert [(tag.name, tag.stem) for tag in found.tags or ()] == [
        ("vocals", "vocals"), ("female voice", "vocals"), ("piano", "other"), ("drums", "drums"),
        ("bass", "bass"),
        ("pop", None), ("1980s", None),
    ]  # fmt: skip
    assert found.stems and found.stems.keys() == stems.keys()
    assert found.stems["bass"].active_share == 0.5 and found.stems["drums"].level_db == -6.0
    assert found.stems["vocals"].singing == 0.8 and found.stems["drums"].singing is None
    assert TrackFacts.model_validate(found.plain()).plain() == found.plain()


def test_words_that_clamp3_knows_besides_stand_where_stems_do_not_know_better() -> None:
    more = [
        TagFact(name=name, category=category, source="clamp3")
        for name, category in [("trumpet", "instruments"), ("drums", "instruments"), ("whisper", "voice")]
    ]
    facts = FACTS.model_copy(update={"tags": [*(FACTS.tags or ()), *more]})
    silent = {"vocals": stem(-60, sung=0.0), "drums": stem(-60), "other": stem(-3, piano=0.9)}
    found = enhanced(facts, MIX, silent, 3)
    assert said(found, "instruments") == ["piano", "trumpet"] and said(found, "voice") == ["instrumental"]
    sung = enhanced(facts, MIX, {**silent, "vocals": stem(-3, sung=0.9)}, 3)
    assert said(sung, "voice") == ["vocals", "whisper"]


def test_where_drums_have_no_stem_of_their_own_they_are_heard_with_the_rest() -> None:
    clamp = TagFact(name="bass guitar", category="instruments", source="clamp3")
    facts = FACTS.model_copy(update={"tags": [*(FACTS.tags or ()), clamp]})
    mix = stem(0.0, piano=0.5, drums=0.5)
    found = enhanced(facts, mix, {"vocals": stem(-60, sung=0.0), "instrumental": stem(0, piano=0.9, drums=0.9)}, 3)
    assert sorted(said(found, "instruments")) == ["bass guitar", "drums", "piano"]
    assert found.stems and {tag.name for tag in found.stems["instrumental"].tags} == {"drums", "piano"}


@pytest.mark.parametrize(
    "vocals",
    [
        stem(-6, sung=0.1, female_vocalists=0.9),
        stem(-50, sung=0.9, female_vocalists=0.9),
        stem(-6, share=0.01, sung=0.9, female_vocalists=0.9),
        stem(-120, sung=0.0),
        HeardStem(LevelCurve(np.zeros(600, np.float32)), heard(), singing(0.0), ()),
    ],
    ids=["nobody sings there", "far below the rest", "for a moment", "too quiet to count", "silent"],
)
def test_without_a_voice_in_them_it_is_instrumental(vocals: HeardStem) -> None:
    song = FACTS.model_copy(update={"sound": SoundFact(kind="song", speech=0.0, singing=0.5, music=1.0)})
    found = enhanced(song, MIX, {"vocals": vocals, "other": stem()}, 3)
    assert said(found, "voice") == ["instrumental"] and found.sound and found.sound.kind == "music"
    assert found.stems and found.stems["vocals"].tags == []
    assert list(notes_by_stem({"vocals": vocals, "other": stem()}, MIX.level)) == ["other"]


def test_what_a_model_left_in_drums_and_bass_are_no_instruments() -> None:
    stems = {
        "vocals": stem(-60, sung=0.0),
        "drums": stem(-45),
        "bass": stem(-3, share=0.02),
        "other": stem(0, flute=0.8),
    }
    assert said(enhanced(FACTS, MIX, stems, 3), "instruments") == ["flute"]


def test_instruments_of_several_stems_are_said_once_the_surest_first_and_not_too_many() -> None:
    stems = {
        "melody": stem(-3, flute=0.5, violin=0.8),
        "harmony": stem(-3, flute=0.9, piano=0.7),
        "drums": stem(-3),
    }
    found = enhanced(FACTS, MIX, stems, 2)
    assert said(found, "instruments") == ["flute", "violin", "drums"]
    assert [tag.stem for tag in found.tags or () if tag.name == "flute"] == ["harmony"]
    (voice,) = [tag for tag in found.tags or () if tag.category == "voice"]
    assert (voice.name, voice.stem) == ("instrumental", None), "there is no stem that could say so"


@pytest.mark.parametrize(
    ("names", "composed", "is_whole"),
    [
        (("drums", "bass", "other", "vocals"), False, True),
        (("drums", "bass", "other", "vocals", "guitar", "piano"), False, True),
        (("vocals", "instrumental"), False, True),
        (("drums", "bass", "melody", "harmony"), True, True),
        (("drums", "bass", "melody", "harmony"), False, False),
        (("vocals",), False, False),
        (("drums", "no_drums"), False, False),
        ((), True, False),
    ],
)
def test_stems_count_where_nothing_is_missing(names: tuple[str, ...], composed: bool, is_whole: bool) -> None:
    assert whole(names, composed=composed) is is_whole


def test_levels_are_compared_however_the_blocks_fall() -> None:
    dice = np.random.default_rng(1)
    sound = dice.normal(0, 0.1, 16_000 * 3).astype(np.float32)
    half = sound * np.float32(0.1)
    half[24_000:] = 0
    curves = []
    for step in (37, 1600, 99_999):
        both = [LevelListener(), LevelListener()]
        for at in range(0, len(sound), step):
            both[0].add(sound[at : at + step])
            both[1].add(half[at : at + step])
        curves.append([listener.result() for listener in both])
    for mix, part in curves:
        assert part.against_db(mix) == pytest.approx(-23.0, abs=0.2)
        assert part.active_share(mix) == pytest.approx(0.5)
        assert mix.active_share(mix) == 1.0 and mix.against_db(mix) == 0
    nothing = LevelListener().result()
    assert nothing.against_db(nothing) is None and nothing.active_share(nothing) == 0
    short = LevelListener()
    short.add(np.ones(1, np.float32))
    assert short.result().power.tolist() == [1.0]


@pytest.fixture
def job(tmp_path: Path) -> StemJob:
    return stem_job(tmp_path)


@pytest.fixture(scope="module")
def stems(tmp_path_factory: pytest.TempPathFactory) -> dict[str, np.ndarray]:
    return played(tmp_path_factory.mktemp("played"))


@pytest.fixture
def separator(monkeypatch: pytest.MonkeyPatch) -> None:
    """A separation model is there; its engine is made by nobody."""
    monkeypatch.setattr("engine.split.separating.located", lambda model, models_dir: [models_dir / model])


def given(job: StemJob, stems: dict[str, np.ndarray], names: dict[str, str]) -> None:
    """A track of the library of these stems, under other names."""
    files = {}
    for name, new in names.items():
        path = job.temp_dir / f"{new}.wav"
        write(path, stems[name], RATE_HZ, format=Format.WAV, bit_depth="32f")
        files[new] = Stem(path, stems[name].shape[1])
    mix = job.temp_dir / "mix.wav"
    write(mix, np.asarray(sum(stems.values()), np.float32), RATE_HZ, format=Format.WAV, bit_depth="32f")
    job.inputs[TRACK] = Input(mix, "A song", files)


def facts_of(job: StemJob, **params: Any) -> dict[str, Any]:
    run(TagParams(source=TRACK, model="musicnn", stem_enhanced=True, **params), job)
    facts = job.annotations[TRACK]
    assert TrackFacts.model_validate(facts).plain() == facts and job.tracks == []
    return facts


def test_stems_that_a_track_has_are_listened_to(job: StemJob, stems: dict[str, np.ndarray]) -> None:
    names = {"drums": "drums", "bass": "bass", "melody": "vocals", "harmony": "other"}
    given(job, stems, names)
    facts = facts_of(job, midi=True)
    assert job.splits == 0 and facts["stems"].keys() == set(names.values())
    assert facts["stems"]["drums"]["active_share"] > 0.3
    assert {"drums", "bass"} <= {tag["name"] for tag in facts["tags"] if tag["source"] == "derived"}
    assert facts["tempo"]["bpm"] == pytest.approx(120, rel=0.03)
    tracks = mido.MidiFile(file=io.BytesIO(job.scores[TRACK])).tracks
    assert {"bass", "other"} <= {track.name for track in tracks} and "drums" not in {track.name for track in tracks}
    assert job.shares[-1] == ("ANALYZING", 1) and set(job.weights) == {"ANALYZING"}


def test_who_listens_to_the_whole_alone_takes_back_what_stems_said(
    job: StemJob, stems: dict[str, np.ndarray], tmp_path: Path
) -> None:
    given(job, stems, {"drums": "drums"})
    (record,) = make_tracks(tmp_path / "audio", 1)
    heard_before = record.model_copy(update={"facts": {"stems": {"drums": {"tags": [], "active_share": 1.0}}}})
    path = tmp_path / "record.json"
    path.write_text(heard_before.model_dump_json(), encoding="utf-8")
    job.inputs[TRACK] = replace(job.inputs[TRACK], record=path)
    run(TagParams(source=TRACK, model="musicnn", chords=False), job)
    assert job.annotations[TRACK]["stems"] is None and job.annotations[TRACK]["tags"]


@pytest.mark.usefixtures("separator")
def test_a_track_without_stems_is_split_for_it(job: StemJob, stems: dict[str, np.ndarray]) -> None:
    given(job, stems, {"drums": "drums"})
    facts = facts_of(job, chords=False)
    assert job.splits == 1 and facts["stems"].keys() == {"drums", "bass", "other", "vocals"}
    levels = {name: fact["level_db"] for name, fact in facts["stems"].items()}
    assert levels == pytest.approx({"drums": -6.0, "bass": -12.0, "other": -18.1, "vocals": -18.1}, abs=0.1)
    assert list(job.weights) == ["ANALYZING", "SEPARATING"] and job.shares[-1] == ("SEPARATING", 1)
    before = [stage for stage, _ in job.shares].index("SEPARATING")
    assert {stage for stage, _ in job.shares[before:]} == {"SEPARATING"}


@pytest.mark.usefixtures("separator")
@pytest.mark.parametrize("stage", ["ANALYZING", "SEPARATING"])
def test_a_cancel_is_obeyed_in_either_stage(job: StemJob, stems: dict[str, np.ndarray], stage: str) -> None:
    given(job, stems, {})
    job.cancel_when = lambda: bool(job.shares) and job.shares[-1][0] == stage
    with pytest.raises(Canceled):
        facts_of(job)
    assert job.annotations == {}


def test_without_a_separation_model_it_says_the_next_step_before_it_listens(
    job: StemJob, stems: dict[str, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(model: str, job: object) -> Callable[[], None]:
        raise AppError(Code.MODEL_MISSING, "model_missing", model=model)

    given(job, stems, {})
    monkeypatch.setattr("engine.split.separating.located", lambda model, models_dir: [])
    monkeypatch.setattr("engine.tag.hearing.ensure", missing)
    with pytest.raises(AppError) as caught:
        facts_of(job)
    assert caught.value.code is Code.MODEL_MISSING and job.shares == []
