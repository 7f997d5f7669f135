"""Every speech engine keeps the contract, with small stand-ins for what lies in no package or takes long."""

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flask import Response

from engine.drama.project import Word
from engine.drama.spoken.said import said
from engine.drama.voices import piper
from engine.drama.voices.megatts3 import MegaTts3
from engine.drama.voices.own_voices import own_voices
from engine.drama.voices.shaping import finished, sounding
from engine.drama.voices.silero import Silero
from engine.drama.voices.utterance import Utterance, Voice
from engine.drama.voices.voices import VERSIONS, VOICES, known, parts_of, version_of
from engine.errors import AppError, Canceled, Code
from engine.models import MODELS
from engine.models.store import checksum
from engine.settings import PROJECT
from tests.drama.megatts3_service import Service, serving, write_clip
from tests.drama.speaker_contract import SpeakerCase, SpeakerContract, never
from tests.drama.tiny_kokoro import write_kokoro
from tests.drama.tiny_piper import write_piper
from tests.drama.tiny_silero import write_silero
from tests.fake_job import FakeJob
from tests.waiting import until


def _kokoro(folder: Path) -> Any:
    from engine.drama.voices.kokoro import Kokoro

    return Kokoro(write_kokoro(folder / "kokoro"))


def _piper(folder: Path) -> Any:
    from engine.drama.voices.piper import Piper

    return Piper(write_piper(folder / "piper"))


def _espeak(folder: Path) -> Any:
    from engine.drama.voices.espeak import Espeak

    return Espeak()


def _silero(folder: Path) -> Silero:
    path = write_silero(folder / "v4_ru.pt")
    return Silero(path, checksum(path))


class TestKokoro(SpeakerContract):
    case = SpeakerCase(_kokoro, "kokoro:af_heart", ("en", "zh"))


class TestPiper(SpeakerContract):
    case = SpeakerCase(_piper, "piper:joe", ("en",))

    def test_no_word_is_lost_or_shifted_where_words_are_said_as_one(self) -> None:
        text = 39 * "cat " + "of the old house"
        [(symbols, words)] = piper._sentences(said(text, "en"), "en-us")
        sounds = [(text[start:end], symbols[first:last]) for first, last, start, end in words]
        assert sounds[-1][0] == "house" and sounds[-1][1].startswith("hˈaʊ"), sounds[-4:]
        assert sounds[-2] == ("old", sounds[-2][1]) and sounds[-2][1].startswith("ˈoʊld")
        assert " ".join(sound for _, sound in sounds) == symbols


class TestEspeak(SpeakerContract):
    case = SpeakerCase(_espeak, "espeak:en", ("en",))


class TestEspeakRussian(SpeakerContract):
    case = SpeakerCase(_espeak, "espeak:ru", ("ru",))


class TestEspeakChinese(SpeakerContract):
    case = SpeakerCase(_espeak, "espeak:cmn", ("zh",))


class TestSilero(SpeakerContract):
    case = SpeakerCase(_silero, "silero:kseniya", ("ru",))


class TestMegaTts3(SpeakerContract):
    @pytest.fixture(autouse=True)
    def service(self) -> Any:
        with serving() as service:
            self.case = SpeakerCase(lambda folder: self._made(service, folder), "megatts3:anna", ("en", "zh"))
            yield service

    @staticmethod
    def _made(service: Service, folder: Path) -> MegaTts3:
        write_clip(folder / "voices")
        return MegaTts3(service.address, folder / "voices")

    def test_the_service_is_asked_in_its_own_form(self, speaker: Any, service: Service, tmp_path: Path) -> None:
        speaker.speak(self.said("Run, now!"), never)
        speaker.speak(self.said("Run, now!", emotion="afraid"), never)
        calm, acted = service.asked
        clip = tmp_path / "voices" / "anna.en.female.wav"
        assert calm["text"] == "Run, now!" and calm["audio_file"] == clip.read_bytes()
        assert calm["latent_file"] == clip.with_suffix(".npy").read_bytes()
        assert (calm["time_step"], calm["p_w"]) == ("32", "1.6") and float(acted["t_w"]) > float(calm["t_w"])

    @pytest.mark.parametrize(
        ("broken", "words"),
        [
            (Response('{"error": "no weights"}', 500, mimetype="application/json"), "no weights"),
            (Response("gone", 404), "404"),
            (Response("", 307, headers={"Location": "/x"}), "307"),
            (Response("no sound", 200), "Format not recognised"),
        ],
    )
    def test_what_it_refuses_is_told(self, speaker: Any, service: Service, broken: Response, words: str) -> None:
        service.broken = broken
        with pytest.raises(AppError, match=words) as caught:
            speaker.speak(self.said(), never)
        assert (caught.value.code, caught.value.key) == (Code.INTERNAL, "megatts3_refused")

    def test_an_answer_that_takes_long_is_not_waited_for_when_canceled(self, speaker: Any, service: Service) -> None:
        service.held.clear()
        ended = threading.Event()

        def check() -> None:
            if service.asked:
                raise Canceled

        def speak() -> None:
            with pytest.raises(Canceled):
                speaker.speak(self.said(), check)
            ended.set()

        threading.Thread(target=speak, daemon=True).start()
        until(ended.is_set, 5)

    def test_without_a_service_the_next_step_is_said(self, tmp_path: Path) -> None:
        for address, key in (("", "megatts3_address"), ("http://127.0.0.1:9", "megatts3_silent")):
            with pytest.raises(AppError) as caught:
                MegaTts3(address, tmp_path).load(FakeJob(tmp_path))
            assert (caught.value.code, caught.value.key) == (Code.MODEL_MISSING, key)

    def test_a_voice_without_a_clip_is_named(self, speaker: Any) -> None:
        with pytest.raises(AppError, match="nobody") as caught:
            speaker.speak(Utterance(text="Hello.", voice="megatts3:nobody"), never)
        assert caught.value.code is Code.INVALID_INPUT


def test_the_program_in_silero_s_file_is_not_run_unless_it_is_the_known_one(tmp_path: Path) -> None:
    path = write_silero(tmp_path / "v4_ru.pt")
    trusted = checksum(path)
    first = Silero(path, trusted)
    first.load(FakeJob(tmp_path))
    first.unload()
    path.write_bytes(path.read_bytes() + b"\0")
    for speaker in (first, Silero(path, trusted)):  # at every load
        with pytest.raises(AppError) as caught:
            speaker.load(FakeJob(tmp_path))
        assert (caught.value.code, caught.value.key) == (Code.INVALID_INPUT, "voice_not_trusted")


def test_damaged_networks_are_named(tmp_path: Path) -> None:
    from engine.drama.voices.kokoro import Kokoro
    from engine.drama.voices.piper import Piper

    kokoro, piper = write_kokoro(tmp_path / "k"), write_piper(tmp_path / "p")
    swapped = [[piper[0], *kokoro[1:]], [kokoro[0], piper[1]]]
    for speaker in (Kokoro(swapped[0]), Piper(swapped[1]), Piper([piper[0], piper[0]])):
        with pytest.raises(AppError) as caught:
            speaker.load(FakeJob(tmp_path))
        assert (caught.value.code, caught.value.key) == (Code.INVALID_INPUT, "not_weights")
    kokoro[0].write_bytes(kokoro[0].read_bytes()[:500])
    kokoro[1].write_bytes(b"short")
    with pytest.raises(AppError, match="kokoro-fp16") as caught:
        Kokoro(kokoro).load(FakeJob(tmp_path))
    assert caught.value.code is Code.INVALID_INPUT
    speaker = Kokoro(write_kokoro(tmp_path / "again")[:1] + kokoro[1:])
    speaker.load(FakeJob(tmp_path))
    with pytest.raises(AppError, match="af_heart") as caught:
        speaker.speak(Utterance(text="Hello.", voice="kokoro:af_heart"), never)
    assert caught.value.code is Code.INVALID_INPUT


def test_a_blend_lies_between_its_voices(tmp_path: Path) -> None:
    speaker = _kokoro(tmp_path)
    speaker.load(FakeJob(tmp_path))
    voices = ("kokoro:af_heart", "kokoro:af_heart+bm_george@0.5", "kokoro:bm_george")
    peaks = [float(np.abs(speaker.speak(Utterance(text="Hello.", voice=voice), never).audio).max()) for voice in voices]
    assert peaks[1] == pytest.approx((peaks[0] + peaks[2]) / 2, rel=0.01) and peaks[0] > peaks[2]


def test_numbers_that_are_no_sound_are_not_passed_on(tmp_path: Path) -> None:
    speaker = _kokoro(tmp_path)
    np.full((510, 256), np.nan, np.float32).tofile(tmp_path / "kokoro" / "af_heart.bin")
    speaker.load(FakeJob(tmp_path))
    with pytest.raises(AppError, match="af_heart") as caught:
        speaker.speak(Utterance(text="Hello.", voice="kokoro:af_heart"), never)
    assert (caught.value.code, caught.value.key) == (Code.INTERNAL, "voice_no_sound")


def test_every_voice_can_be_cast_and_needs_what_the_catalogue_has() -> None:
    assert len(VOICES) > 40 and list(VOICES) == [voice.id for voice in VOICES.values()]
    for voice in VOICES.values():
        assert Utterance(text="x", voice=voice.id).voice == voice.id and known(voice.id) == voice
        assert (
            voice.engine in VERSIONS and 0 <= voice.grade <= 1 and (voice.engine == "espeak") == (voice.model is None)
        )
        if voice.engine == "kokoro":
            assert f"voices/{voice.id.partition(':')[2]}.bin" in {file.name for file in MODELS["kokoro"].files}
        if voice.model:
            assert MODELS[voice.model].commands == ("drama",) and MODELS[voice.model].fetchable
    for language in ("en", "ru", "zh"):
        own = [voice for voice in VOICES.values() if voice.language == language]
        assert {"male", "female"} <= {voice.gender for voice in own} and any(voice.narrates for voice in own)


def test_a_key_depends_on_engine_version_and_weights() -> None:
    assert len({version_of(engine) for engine in VERSIONS}) == len(VERSIONS)
    assert (MODELS["kokoro"].files[0].sha256 or "")[:12] in version_of("kokoro")
    assert parts_of("kokoro:af_heart+bm_george@0.25") == ("af_heart", "bm_george", 0.25)
    assert parts_of("silero:aidar") == ("aidar", None, 0)


def test_the_user_s_clips_are_voices(tmp_path: Path) -> None:
    write_clip(tmp_path, "lao wang.wav")
    write_clip(tmp_path, "anna.zh.female.wav")
    write_clip(tmp_path, "otto.mp3.wav", latent=False)
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "folder.wav").mkdir()
    assert own_voices(tmp_path) == {
        "megatts3:anna": Voice("megatts3:anna", "anna", "megatts3", "zh", "female", grade=0.7),
        "megatts3:otto": Voice("megatts3:otto", "otto", "megatts3", "en", "unknown", grade=0.7),
    }
    assert own_voices(tmp_path / "none") == {}


def test_silence_around_goes_and_words_move_with_it() -> None:
    tone = np.sin(np.arange(8000) * 0.3).astype(np.float32)
    hush = np.full(4000, 1e-3, np.float32)
    sound = np.concatenate([hush, tone, hush])
    first, end = sounding(sound, 8000)
    assert 4000 - first == pytest.approx(0.03 * 8000, abs=20) and end - 12_000 == pytest.approx(0.04 * 8000, abs=20)
    made, words = finished(2 * sound, 8000, [Word(at=0, length=1, start_s=0.5, end_s=1.5)])
    assert np.abs(made).max() == pytest.approx(1) and len(made) == end - first
    assert words[0].start_s == pytest.approx(0.03, abs=0.005) and words[0].end_s == pytest.approx(1.03, abs=0.005)
    fast, words = finished(sound, 8000, [Word(at=0, length=1, start_s=0.5, end_s=1.5)], pace=1.6)
    assert len(fast) == pytest.approx(len(made) / 1.6, rel=0.02) and words[0].end_s == pytest.approx(
        1.03 / 1.6, abs=0.02
    )
    assert sounding(np.zeros(100, np.float32), 8000) == (0, 0) == sounding(np.zeros(0, np.float32), 8000)


def test_what_the_server_knows_of_voices_stays_light() -> None:
    heavy = "numpy", "torch", "onnxruntime", "onnx", "soundfile", "pedalboard", "jieba", "requests"
    names = "voices", "own_voices", "utterance", "entries"
    modules = ", ".join(f"engine.drama.voices.{name}" for name in names)
    code = f"import sys, {modules}; print([m for m in {heavy!r} if m in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PROJECT)
    assert said.stdout.strip() == "[]"
