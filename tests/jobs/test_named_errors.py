"""Who brought several files is told which of them an error is about."""

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.audio.decode import blocks, open_source, read
from engine.errors import AppError, Code, about, invalid
from engine.jobs.control import Request
from engine.messages import LANGUAGES
from tests.conftest import Running

SILENCE = np.zeros((8000, 1))


def test_what_cannot_be_decoded_says_which_file_it_is(tmp_path: Path) -> None:
    text, gone, short = tmp_path / "text.wav", tmp_path / "gone.wav", tmp_path / "short.wav"
    text.write_bytes(b"no sound at all" * 50)
    soundfile.write(short, SILENCE, 8000)
    codes = {text: Code.UNSUPPORTED_AUDIO, gone: Code.NOT_FOUND, short: Code.INVALID_INPUT}
    for path, code in codes.items():
        with pytest.raises(AppError) as fault:
            read(path, start_s=5.0)
        assert (fault.value.code, fault.value.path) == (code, path)
    with pytest.raises(AppError) as fault:
        list(blocks(text))
    assert (fault.value.code, fault.value.path) == (Code.UNSUPPORTED_AUDIO, text)


def test_an_error_of_whoever_reads_is_not_about_the_file(tmp_path: Path) -> None:
    path = tmp_path / "short.wav"
    soundfile.write(path, SILENCE, 8000)
    with pytest.raises(AppError) as fault, open_source(path):
        raise invalid("two_stems_of_one")
    assert (fault.value.code, fault.value.path) == (Code.INVALID_INPUT, None)
    with pytest.raises(AppError) as inner, about(tmp_path / "outer.wav"), about(path):
        raise invalid("two_stems_of_one")
    assert (inner.value.code, inner.value.path) == (Code.INVALID_INPUT, path)


def test_the_name_stands_before_the_sentence_in_every_language() -> None:
    error = AppError(Code.UNSUPPORTED_AUDIO, "not_audio", name="take {1}.wav")
    for language in LANGUAGES:
        plain = AppError(Code.UNSUPPORTED_AUDIO, "not_audio").sentence(language)
        assert "take {1}.wav" in error.sentence(language) and error.sentence(language).endswith(plain)
    assert AppError.revived(error.body("ru")).sentence("zh") == error.sentence("zh")
    assert AppError(Code.INVALID_INPUT, "track_locked", name="Song").sentence().count("Song") == 1


def test_a_refused_upload_and_a_failed_job_name_their_file(running: Running, tmp_path: Path) -> None:
    with pytest.raises(AppError, match=r"“notes\.wav”: This is not an audio file") as refused:
        running.application.uploads.add(io.BytesIO(b"no sound at all" * 50), "../x/notes.wav")
    assert refused.value.code is Code.UNSUPPORTED_AUDIO
    path = tmp_path / "мой файл.wav"
    soundfile.write(path, SILENCE, 8000)
    key = running.upload(path)
    job = running.done(running.application.scheduler.submit(Request("match", {"source": key, "reference": key})))
    assert job.status == "FAILED" and job.error is not None
    assert job.error["detail"]["values"]["name"] == "мой файл"
    assert job.error["message"].startswith("“мой файл”: The track and the reference")
