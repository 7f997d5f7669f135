"""Spoken lines are kept whole or not at all, exactly, and only so many."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.drama.project import Word
from engine.drama.voices import entries
from engine.drama.voices.entries import Entries
from engine.drama.voices.line_cache import LineCache
from engine.drama.voices.speech import Speech
from engine.errors import AppError, Code
from engine.settings import PROJECT
from tests.audio.sounds import noise

KEY = "0123456789abcdef" * 2
WORDS = [Word(at=0, length=5, start_s=0.1, end_s=0.4), Word(at=6, length=2, start_s=0.5, end_s=0.625)]


def speech(samples: int = 4800, seed: int = 1, rate_hz: int = 24_000) -> Speech:
    return Speech(noise(1, samples, seed), rate_hz, WORDS, "двадцать three 四", ["🙂", "x"])


@pytest.mark.parametrize("rate_hz", [8_000, 22_050, 24_000, 48_000])
def test_what_is_put_comes_out(tmp_path: Path, rate_hz: int) -> None:
    given = speech(rate_hz=rate_hz)
    info = LineCache(tmp_path).put(KEY, given)
    found = LineCache(tmp_path).get(KEY)
    assert found is not None and found.rate_hz == rate_hz and found.audio.dtype == np.float32
    assert found.audio.shape == given.audio.shape and np.abs(found.audio - given.audio).max() < 2e-7
    assert (found.words, found.spoken, found.unspoken) == (WORDS, given.spoken, given.unspoken)
    assert info == LineCache(tmp_path).info(KEY) and info.seconds == 4800 / rate_hz


def test_full_scale_is_kept_at_full_scale(tmp_path: Path) -> None:
    cache = LineCache(tmp_path)
    cache.put(KEY, Speech(np.array([[1.0, -1.0, 0.0, 1.0]], np.float32), 8000))
    found = cache.get(KEY)
    assert found is not None and np.allclose(found.audio, [[1, -1, 0, 1]], atol=2e-7) and np.abs(found.audio).max() <= 1


def test_nothing_is_found_where_nothing_was_put(tmp_path: Path) -> None:
    assert LineCache(tmp_path / "none").get(KEY) is None and LineCache(tmp_path).info(KEY) is None


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1, exclude_max=True), change=st.integers(1, 255), cut=st.booleans())
def test_a_damaged_entry_is_as_if_it_were_not_there(tmp_path: Path, place: float, change: int, cut: bool) -> None:
    cache = LineCache(tmp_path)
    cache.put(KEY, speech(480))
    path = Entries(tmp_path).path(KEY)
    data = bytearray(path.read_bytes())
    at = int(place * len(data))
    if cut:
        del data[at:]
    else:
        data[at] ^= change
    path.write_bytes(data)
    assert cache.info(KEY) is None and cache.get(KEY) is None and not path.exists()
    cache.put(KEY, speech(480))
    assert cache.get(KEY) is not None


@pytest.mark.parametrize("key", ["", "../" + KEY, "xyz", "0x12", KEY + "/", "-1", "1_0", "＋1"])
def test_only_keys_are_looked_up(tmp_path: Path, key: str) -> None:
    with pytest.raises(ValueError, match="no key"):
        Entries(tmp_path).get(key)


def test_over_the_most_the_least_used_go_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "SWEEP_EVERY", 0)
    kept = Entries(tmp_path, most_bytes=10_500)
    for number in range(10):
        kept.put(f"{number:040x}", {}, bytes(1000))
        os.utime(kept.path(f"{number:040x}"), (1000 + number, 1000 + number))
    assert kept.get(f"{0:040x}")  # used now
    kept.put(f"{10:040x}", {}, bytes(1000))
    kept.grown(f"{10:040x}")
    assert [number for number in range(11) if not kept.path(f"{number:040x}").exists()] == [1, 2]
    left = tmp_path / "00" / ".x.tmp"
    left.write_bytes(b"half")
    os.utime(left, (1000, 1000))
    kept.grown(f"{10:040x}")
    assert not left.exists()


def test_what_a_job_made_and_used_stays_until_its_end_and_goes_with_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entries, "SWEEP_EVERY", 0)
    Entries(tmp_path).put(f"{0:040x}", {}, bytes(1000))
    Entries(tmp_path).put(f"{1:040x}", {}, bytes(1000))
    for number in (0, 1):
        os.utime(Entries(tmp_path).path(f"{number:040x}"), (1000, 1000))
    job = Entries(tmp_path, most_bytes=3000)
    assert job.facts(f"{1:040x}") == {}
    for number in range(2, 12):
        Entries(tmp_path).put(f"{number:040x}", {}, bytes(1000))  # as the booth does, in its own process
        job.grown(f"{number:040x}")
    assert [number for number in range(12) if not job.get(f"{number:040x}")] == [0]
    for path in tmp_path.rglob("*.line"):
        os.utime(path, (2000, 2000))
    later = Entries(tmp_path, most_bytes=3000)
    later.grown(f"{2:040x}")
    assert len(list(tmp_path.rglob("*.line"))) == 2


def test_a_line_is_checked_once_however_often_it_is_heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    LineCache(tmp_path).put(KEY, speech())
    checked: list[int] = []
    whole = entries._checksum
    monkeypatch.setattr(entries, "_checksum", lambda *parts: checked.append(1) or whole(*parts))
    cache = LineCache(tmp_path)
    os.utime(Entries(tmp_path).path(KEY), (1000, 1000))
    for _ in range(2):
        assert cache.info(KEY) and cache.get(KEY)
    assert len(checked) == 1
    Entries(tmp_path).path(KEY).write_bytes(b"damaged meanwhile")
    assert cache.get(KEY) is None and cache.info(KEY) is None


def test_a_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    for owner, name in ((Path, "mkdir"), (os, "fsync")):
        with monkeypatch.context() as patched, pytest.raises(AppError) as refused:
            patched.setattr(owner, name, full)
            LineCache(tmp_path / name).put(KEY, speech())
        assert refused.value.code is Code.DISK_FULL and not list(tmp_path.rglob("*.*"))


def test_processes_share_one_folder(tmp_path: Path) -> None:
    code = f"""
import sys
from pathlib import Path
from engine.drama.voices import entries
entries.SWEEP_EVERY = 0
kept = entries.Entries(Path({str(tmp_path)!r}), 20_000)
for number in range(200):
    key = f"{{number % 30:040x}}"
    found = kept.get(key)
    assert found is None or (found[0] == {{"key": key}} and len(found[1]) == 1000), found
    kept.put(key, {{"key": key}}, bytes(1000))
    kept._opened += 100
    kept.grown(key)
"""
    running = [subprocess.Popen([sys.executable, "-c", code], cwd=PROJECT) for _ in range(2)]
    assert [process.wait(60) for process in running] == [0, 0]
    assert sum(path.stat().st_size for path in tmp_path.rglob("*.line")) <= 22_000
