"""The contract that every speech engine keeps, beside that of all engines. Derive from it and give `case`."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.drama.project import Language
from engine.drama.voices.speech import Speech
from engine.drama.voices.utterance import Utterance
from engine.errors import AppError, Canceled, Code
from tests.fake_job import FakeJob

TEXTS: dict[Language, str] = {
    "en": "The lamp went out — at 10 to 7. “Who's there?” 🙂 Well, nobody!",
    "ru": "Лампа погасла — в 7 часов. «Кто-то там?» 🙂 Никого!",
    "zh": "灯灭了，七点十分。“谁在那里？”🙂没有人！",
}


@dataclass(frozen=True)
class SpeakerCase:
    """`make(folder)` makes it from what it puts there. `voice` speaks `languages`, the first one best."""

    make: Callable[[Path], Any]
    voice: str
    languages: tuple[Language, ...]


def never() -> None: ...


class SpeakerContract:
    case: SpeakerCase

    @pytest.fixture
    def speaker(self, tmp_path: Path) -> Any:
        speaker = self.case.make(tmp_path)
        speaker.load(FakeJob(tmp_path))
        yield speaker
        speaker.dispose()

    def said(self, text: str | None = None, **more: Any) -> Utterance:
        language = more.pop("language", self.case.languages[0])
        return Utterance(text=text or TEXTS[language], language=language, voice=self.case.voice, **more)

    def test_a_line_is_sound_without_silence_around(self, speaker: Any) -> None:
        for language in self.case.languages:
            speech: Speech = speaker.speak(self.said(language=language), never)
            audio = speech.audio
            assert audio.dtype == np.float32 and audio.ndim == 2 and audio.shape[0] == 1 and np.isfinite(audio).all()
            assert 0.05 < np.abs(audio).max() <= 1 and 0.5 < audio.shape[1] / speech.rate_hz < 30
            loud = np.flatnonzero(np.abs(audio[0]) > np.abs(audio).max() / 50)
            around = max(loud[0], audio.shape[1] - loud[-1]) / speech.rate_hz
            assert around < 0.1 and abs(audio[0, 0]) < 0.01 and abs(audio[0, -1]) < 0.01

    def test_its_words_are_the_text_s_in_order_and_within_the_sound(self, speaker: Any) -> None:
        for language in self.case.languages:
            text = TEXTS[language]
            speech: Speech = speaker.speak(self.said(language=language), never)
            seconds = speech.audio.shape[1] / speech.rate_hz
            places = [(word.at, word.at + word.length) for word in speech.words]
            assert places == sorted(places) and all(a[1] <= b[0] for a, b in pairwise(places))
            covered = {at for start, end in places for at in range(start, end)}
            assert {at for at, sign in enumerate(text) if sign.isalnum()} <= covered
            times = [(word.start_s, word.end_s) for word in speech.words]
            assert times == sorted(times) and all(0 <= start <= end <= seconds + 0.001 for start, end in times)
            assert speech.unspoken == ["🙂"] and speech.spoken

    def test_pace_is_in_the_length_and_pitch_is_not(self, speaker: Any) -> None:
        usual, fast, slow, hasty, high = (
            speaker.speak(self.said(**how), never).audio.shape[1]
            for how in ({}, {"speed": 1.25}, {"speed": 0.8}, {"speed": 1.6}, {"pitch_semitones": 2})
        )
        assert hasty < 0.8 * usual and hasty < fast < 0.95 * usual and slow > 1.1 * usual
        assert high == pytest.approx(usual, rel=0.05)

    def test_it_always_says_a_line_just_so_beside_others_too(self, speaker: Any) -> None:
        line, other = self.said(), self.said(TEXTS[self.case.languages[0]][:12])
        alone = speaker.speak(line, never).audio.tobytes()
        heard: list[bytes] = []

        def twice() -> None:
            for _ in range(2):
                speaker.speak(other, never)
                heard.append(speaker.speak(line, never).audio.tobytes())

        threads = [threading.Thread(target=twice) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert heard == [alone] * 4

    def test_what_is_no_text_is_silence(self, speaker: Any) -> None:
        for text in ("…", "—", "!?", "🙂"):
            speech: Speech = speaker.speak(self.said(text), never)
            assert not speech.audio.any() and 0.1 < speech.audio.shape[1] / speech.rate_hz < 1
            assert speech.words == [] and speech.unspoken == (["🙂"] if text == "🙂" else [])

    def test_another_language_is_refused(self, speaker: Any) -> None:
        for language in set(TEXTS) - set(self.case.languages):
            with pytest.raises(AppError) as caught:
                speaker.speak(self.said(language=language), never)
            assert (caught.value.code, caught.value.key) == (Code.INVALID_INPUT, "nothing_to_say")

    def test_a_canceled_line_ends(self, speaker: Any) -> None:
        def canceled() -> None:
            raise Canceled

        with pytest.raises(Canceled):
            speaker.speak(self.said(), canceled)
        assert speaker.speak(self.said(), never).audio.any()

    def test_it_has_a_version(self, speaker: Any) -> None:
        assert speaker.version and speaker.version.startswith(speaker.device_key)
