"""All lines of a drama: each once, engine after engine, through engines that hang, die and refuse."""

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from engine.drama.voices import speak
from engine.drama.voices.line_cache import LineCache
from engine.drama.voices.speak import speak_all, speak_one
from engine.drama.voices.utterance import Utterance
from engine.drama.voices.voices import key_of
from engine.errors import AppError, Canceled, Code
from tests.fake_job import FakeJob
from tests.waiting import until

TONES = "tests.drama.fake_speakers:Tones"


def say(text: str, voice: str = "espeak:en") -> Utterance:
    return Utterance(text=text, voice=voice)


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
        assert found[identity].key == key_of(utterance)
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
    speak_all([(voice, say("hello", voice)) for voice in voices], job, cache, look)
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
    monkeypatch.setattr(speak, "PATIENCE_S", 0.5)
    monkeypatch.setattr(speak, "PATIENCE_OF_LETTER_S", 0)
    found = speak_all([("bad", say(text)), ("good", say("good")), ("more", say("more"))], job, cache)
    assert set(found) == {"bad", "good", "more"} and all(cache.get(info.key) for info in found.values())
    assert said(tmp_path).count(text) == 2
    assert said(tmp_path).count("more") == 1


@pytest.mark.parametrize("text", ["stuck", "dies"])
def test_a_line_that_does_so_twice_fails_with_its_text_and_the_others_stay(
    cache: LineCache, job: FakeJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setattr(speak, "PATIENCE_S", 0.5)
    monkeypatch.setattr(speak, "PATIENCE_OF_LETTER_S", 0)
    with pytest.raises(AppError, match=f"“{text}”") as caught:
        speak_all([("bad", say(text)), ("good", say("a good one")), ("late", say("z"))], job, cache)
    assert (caught.value.code, caught.value.key) == (Code.INTERNAL, "line_stuck")
    assert said(tmp_path).count(text) == 2
    assert cache.get(key_of(say("a good one")))
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


def test_an_unknown_voice_is_named(cache: LineCache, job: FakeJob) -> None:
    for voice in ("kokoro:nobody", "nobody:en", "kokoro:af_heart+nobody@0.5"):
        with pytest.raises(AppError, match="nobody") as caught:
            speak_one(say("hello", voice), job, cache)
        assert caught.value.code is Code.NOT_FOUND
