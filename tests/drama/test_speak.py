"""All lines of a drama: each once, engine after engine, through engines that hang, die and refuse."""

import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from engine.drama.voices import crew, megatts3, patience, speak
from engine.drama.voices.line_cache import LineCache
from engine.drama.voices.line_keys import LineKeys
from engine.drama.voices.speak import speak_all, speak_one
from engine.drama.voices.utterance import Utterance
from engine.drama.voices.voices import VERSIONS, known
from engine.errors import AppError, Canceled, Code
from tests.drama.megatts3_service import write_clip
from tests.fake_job import FakeJob
from tests.waiting import until

KEYS = LineKeys(Path("voices"))
TONES = "tests.drama.fake_speakers:Tones"


def say(text: str, voice: str = "espeak:en") -> Utterance:
    return Utterance(text=text, voice=voice, language=known(voice).language if voice.startswith("silero") else "en")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LineCache:
    """Engines are made of tones, and note what they say in the file `said`."""
    monkeypatch.setattr(speak, "MAKERS", dict.fromkeys(speak.MAKERS, TONES))
    monkeypatch.setattr(speak, "files_of", lambda engine, job: [str(tmp_path)])
    return LineCache(tmp_path / "lines")


@pytest.fixture
def job(tmp_path: Path) -> Any:
    job = FakeJob(tmp_path)
    yield job
    for engine in job.engines.values():
        engine.dispose()


def said(folder: Path) -> list[str]:
    return (folder / "said").read_text(encoding="utf-8").splitlines()


def test_every_line_is_spoken_and_kept_and_equal_ones_once(cache: LineCache, job: FakeJob, tmp_path: Path) -> None:
    told: list[tuple[int, int, float]] = []
    items = [("a", say("one")), ("b", say("two and three")), ("c", say("one"))]
    found = speak_all(items, job, cache, lambda *progress: told.append(progress))
    assert list(found) == ["a", "c", "b"] and found["a"] is found["c"]
    assert found["b"].seconds == pytest.approx(13 * 0.05) and found["b"].spoken == "two and three"
    for identity, utterance in items:
        kept = cache.get(found[identity].key)
        assert kept is not None and kept.audio.shape[1] == len(utterance.text) * 400
        assert found[identity].key == KEYS.of(utterance)
    assert sorted(said(tmp_path)) == ["one", "two and three"]
    assert told[0] == (0, 3, 0) and told[-1] == (3, 3, 1) and told == sorted(told)


def test_what_is_kept_is_not_said_again(cache: LineCache, job: FakeJob, tmp_path: Path) -> None:
    speak_all([("a", say("one")), ("b", say("two"))], job, cache)
    found = speak_all([("a", say("one")), ("b", say("two!"))], job, cache)
    assert sorted(said(tmp_path)) == ["one", "two", "two!"]
    cache._entries.path(found["a"].key).write_bytes(b"damaged")
    speak_all([("a", say("one")), ("b", say("two!"))], job, cache)
    assert sorted(said(tmp_path)) == ["one", "one", "two", "two!"]


def test_only_one_family_is_in_memory_at_a_time(cache: LineCache, job: FakeJob) -> None:
    alive: list[list[str]] = []

    def look(*_: object) -> None:
        alive.append([engine.device_key for engine in job.engines.values()])

    voices = ("espeak:en", "kokoro:af_heart", "silero:aidar", "piper:joe")
    speak_all([(voice, say("hello привет", voice)) for voice in voices], job, cache, look)
    assert list(dict.fromkeys(map(tuple, alive))) == [(), ("kokoro",), ("silero",), ("piper",), ("espeak",)]
    speak_all([(str(number), say(f"line {number}")) for number in range(3)], job, cache, look)
    assert all(len(names) <= 1 for names in alive)


def test_the_longest_come_first(
    cache: LineCache, job: FakeJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speak, "MOST_LANES", 1)
    speak_all([(text, say(text)) for text in ("aa", "aaaa", "a", "aaa")], job, cache)
    assert said(tmp_path) == ["aaaa", "aaa", "aa", "a"]


@pytest.mark.parametrize("text", ["stuck once", "dies once"])
def test_an_engine_that_hangs_or_dies_is_ended_and_its_line_tried_again(
    cache: LineCache, job: FakeJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    if text.startswith("stuck"):
        monkeypatch.setattr(patience, "LEAST_S", 2)
        monkeypatch.setattr(patience, "LETTER_S", 0)
    found = speak_all([("bad", say(text)), ("good", say("good")), ("more", say("more"))], job, cache)
    assert set(found) == {"bad", "good", "more"} and all(cache.get(info.key) for info in found.values())
    assert said(tmp_path).count(text) == 2
    assert said(tmp_path).count("more") == 1


@pytest.mark.parametrize("text", ["stuck", "dies"])
def test_a_line_that_does_so_twice_fails_with_its_text_and_the_others_stay(
    cache: LineCache, job: FakeJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    if text.startswith("stuck"):
        monkeypatch.setattr(patience, "LEAST_S", 2)
        monkeypatch.setattr(patience, "LETTER_S", 0)
    with pytest.raises(AppError, match=f"“{text}”") as caught:
        speak_all([("bad", say(text)), ("good", say("a good one")), ("late", say("z"))], job, cache)
    assert (caught.value.code, caught.value.key) == (Code.INTERNAL, "line_stuck")
    assert said(tmp_path).count(text) == 2
    assert cache.get(KEYS.of(say("a good one")))
    assert speak_one(say("another"), job, cache).seconds > 0


def test_a_line_that_cannot_be_said_fails_with_its_text(cache: LineCache, job: FakeJob) -> None:
    with pytest.raises(AppError, match="refuses this") as caught:
        speak_all([("a", say("refuses this")), ("b", say("fine"))], job, cache)
    assert (caught.value.code, caught.value.key) == (Code.INVALID_INPUT, "nothing_to_say")
    assert speak_one(say("fine"), job, cache)


@pytest.mark.parametrize("text", ["slow one", "stuck"])
def test_cancel_takes_effect_within_a_second(cache: LineCache, job: FakeJob, tmp_path: Path, text: str) -> None:
    ended: list[tuple[type[BaseException], float]] = []

    def work() -> None:
        try:
            speak_all([("a", say(text)), ("b", say("slow two"))], job, cache)
        except BaseException as error:
            ended.append((type(error), time.monotonic()))

    thread = threading.Thread(target=work)
    thread.start()
    until(lambda: (tmp_path / "said").exists() and len(said(tmp_path)) == 2)
    asked = time.monotonic()
    job.cancel_when = lambda: True
    thread.join(20)
    assert ended[0][0] is Canceled and ended[0][1] - asked < 1
    job.cancel_when = lambda: False
    assert speak_one(say("again"), job, cache)


def test_a_cancel_between_two_lines_leaves_nothing_to_the_next_job(cache: LineCache, job: FakeJob) -> None:
    def cancel(done: int, total: int, share: float) -> None:
        if done:
            raise Canceled

    with pytest.raises(Canceled):
        speak_all([("a", say("one")), ("b", say("slow two")), ("c", say("three"))], job, cache, cancel)
    for text in ("four", "five and six"):
        assert speak_one(say(text), job, cache).seconds == pytest.approx(len(text) * 0.05)


def test_what_cannot_be_said_is_known_for_all_lines_before_any_is_spoken(
    cache: LineCache, job: FakeJob, tmp_path: Path
) -> None:
    good = [(str(number), say(f"line {number}")) for number in range(3)]
    foreign = [("a", say("Привет!", "kokoro:af_heart")), ("b", say("ᚠᚢᚦ")), ("c", say("ᚱᚲ"))]
    bad = [(name, line.model_copy(update={"language": "ru"}) if name == "a" else line) for name, line in foreign]
    with pytest.raises(AppError) as refused:
        speak_all([*good, *bad], job, cache)
    assert (refused.value.code, refused.value.key) == (Code.INVALID_INPUT, "lines_unspeakable")
    assert refused.value.values["count"] == 3 and refused.value.values["lines"] == "“Привет!”, “ᚠᚢᚦ”, “ᚱᚲ”"
    with pytest.raises(AppError) as one:
        speak_all([*good, bad[1]], job, cache)
    assert one.value.code is Code.INVALID_INPUT
    assert (one.value.key, one.value.values) == ("nothing_to_say", {"text": "ᚠᚢᚦ"})
    many = [(str(number), say(f"ᚠ{number * 'ᚢ'}")) for number in range(20)]
    with pytest.raises(AppError) as lots:
        speak_all(many, job, cache)
    assert lots.value.code is Code.INVALID_INPUT
    assert lots.value.values["count"] == 20 and lots.value.values["lines"].count("“") == 8
    assert not (tmp_path / "said").exists() and not job.engines
    assert len(speak_all([*good, ("silent", say("… —"))], job, cache)) == 4


def test_a_clip_that_is_missing_is_known_before_any_line_is_spoken(
    cache: LineCache, job: FakeJob, tmp_path: Path
) -> None:
    write_clip(tmp_path / "voices", "anna.en.female.wav")
    lines = [("a", say("one")), *((name, say("two", f"megatts3:{name}")) for name in ("otto", "anna", "ida"))]
    with pytest.raises(AppError) as refused:
        speak_all(lines, job, cache)
    assert (refused.value.code, refused.value.key) == (Code.NOT_FOUND, "voice_clips_missing")
    assert refused.value.values == {"voices": "ida, otto"} and not (tmp_path / "said").exists()


def test_all_engines_are_to_be_had_before_the_first_one_speaks(
    cache: LineCache, job: FakeJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def files_of(engine: str, job: FakeJob) -> list[str]:
        if engine == "espeak":
            raise AppError(Code.MODEL_MISSING, "megatts3_address")
        return [str(tmp_path)]

    monkeypatch.setattr(speak, "files_of", files_of)
    with pytest.raises(AppError) as missing:
        speak_all([("a", say("one", "kokoro:af_heart")), ("b", say("two"))], job, cache)
    assert missing.value.code is Code.MODEL_MISSING and not (tmp_path / "said").exists()


def test_a_line_that_is_kept_is_not_checked_again(cache: LineCache, job: FakeJob) -> None:
    speak_all([("a", say("one"))], job, cache)
    job.voices_dir, job.engines["voices-espeak-one"].staging = Path("nowhere"), None
    assert speak_all([("a", say("one"))], job, cache)["a"].spoken == "one"


def test_a_line_of_an_own_voice_is_another_one_when_its_clip_was_replaced(tmp_path: Path) -> None:
    clip = write_clip(tmp_path, "anna.en.female.wav")
    write_clip(tmp_path, "otto.wav", latent=False)
    anna, otto = (say("Hello.", f"megatts3:{name}") for name in ("anna", "otto"))
    before, others = LineKeys(tmp_path).of(anna), LineKeys(tmp_path).of(otto)
    os.utime(clip, (1, 1))
    assert LineKeys(tmp_path).of(anna) == before, "the same sound"
    clip.write_bytes(clip.read_bytes()[:-2] + b"xy")
    replaced = LineKeys(tmp_path).of(anna)
    clip.with_suffix(".npy").write_bytes(b"another latent")
    assert len({before, replaced, LineKeys(tmp_path).of(anna), others}) == 4
    assert LineKeys(tmp_path).of(otto) == others
    assert LineKeys(tmp_path).of(say("Hello.")) == LineKeys(tmp_path / "none").of(say("Hello."))


@pytest.mark.parametrize("engine", VERSIONS)
def test_a_line_is_waited_for_longer_than_whoever_speaks_it_may_take(engine: str) -> None:
    assert patience.patience_s(engine, 1) >= 60
    if engine == "megatts3":
        assert patience.patience_s(engine, 1) > megatts3.HEALTH_S + patience.SERVICE_S
    else:
        assert patience.patience_s(engine, 5000) > 40 * 60


@pytest.mark.parametrize(
    ("others", "cpus", "of_all", "lanes"),
    [(0, 2, 2, 2), (0.4, 2, 2, 2), (1, 2, 2, 1), (7, 2, 2, 1), (0, 1, 1, 1), (5, 1, 1, 1), (0, 16, 16, 16),
     (4, 16, 16, 12), (16, 16, 16, 8), (32, 4, 64, 2), (16, 4, 64, 3), (0, 3, 64, 3), (64, 3, 64, 2)],
)  # fmt: skip
def test_lines_at_once_follow_what_others_leave(others: float, cpus: int, of_all: int, lanes: int) -> None:
    assert crew.lanes_beside(others, cpus, of_all) == lanes


@pytest.mark.parametrize(
    ("quota", "most"), [("100000 100000", 1), ("50000 100000", 1), ("max 100000", 10**6), ("?", 10**6)]
)
def test_a_container_gets_as_many_processors_as_its_quota(tmp_path: Path, quota: str, most: int) -> None:
    (tmp_path / "cpu.max").write_text(quota)
    found = crew.usable_cpus(tmp_path / "cpu.max")
    assert 1 <= found == min(most, crew.usable_cpus(tmp_path / "none"))


def test_own_work_is_no_load(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew, "usable_cpus", lambda: 4)
    monkeypatch.setattr(crew.psutil, "cpu_count", lambda: 4)
    looks = iter([(0.0, 0.0, 0.0), (10.0, 40.0, 39.0), (20.0, 80.0, 49.0), (30.0, 90.0, 59.0)])
    monkeypatch.setattr(crew.Crew, "_spent", lambda self: next(looks))
    monkeypatch.setattr(crew.time, "monotonic", lambda: 1e9)
    team = crew.Crew(4)
    assert [team.lanes for _ in range(3)] == [4, 2, 4]


def test_an_unknown_voice_is_named(cache: LineCache, job: FakeJob) -> None:
    for voice in ("kokoro:nobody", "nobody:en", "kokoro:af_heart+nobody@0.5"):
        with pytest.raises(AppError, match="nobody") as caught:
            speak_one(say("hello", voice), job, cache)
        assert caught.value.code is Code.NOT_FOUND
