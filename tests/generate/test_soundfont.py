"""A SoundFont is judged before a library in C follows its indices: one that was damaged took the worker with it."""

import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from engine.errors import AppError, Code
from engine.generate.composer.engine import find_soundfont
from engine.generate.composer.soundfont import _chunks, judge
from engine.generate.composer.synth import Synth
from engine.settings import PROJECT


@pytest.fixture(scope="module")
def font(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return find_soundfont(tmp_path_factory.mktemp("none"))


def place_of(content: bytes, name: bytes) -> tuple[int, int]:
    """Where a chunk's body begins, and its size."""
    at = content.index(name, content.index(b"smpl") + struct.unpack("<I", content[content.index(b"smpl") + 4 :][:4])[0])
    return at + 8, struct.unpack("<I", content[at + 4 : at + 8])[0]


def test_the_font_that_comes_with_the_program_is_whole(font: Path) -> None:
    judge(font)
    Synth(font)
    assert {b"phdr", b"shdr", b"smpl"} <= set(_chunks(np.fromfile(font, np.uint8)))


@pytest.mark.parametrize("share", [0.0, 1e-6, 0.1, 0.9, 0.99])
def test_a_cut_font_is_refused(share: float, font: Path, tmp_path: Path) -> None:
    path = tmp_path / "cut.sf2"
    whole = font.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(AppError) as error:
        Synth(path)
    assert (error.value.code, error.value.key) == (Code.INVALID_INPUT, "soundfont_damaged")


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("chunk", [b"phdr", b"pbag", b"inst", b"ibag", b"shdr"])
def test_indices_that_leave_the_file_are_refused(chunk: bytes, seed: int, font: Path, tmp_path: Path) -> None:
    content = bytearray(font.read_bytes())
    start, size = place_of(content, chunk)
    content[start : start + size] = np.random.default_rng(seed).bytes(size)
    path = tmp_path / "wild.sf2"
    path.write_bytes(content)
    with pytest.raises(AppError) as error:
        judge(path)
    assert error.value.code is Code.INVALID_INPUT
    assert error.value.key == "soundfont_damaged" and chunk.decode() in str(error.value)


@pytest.mark.parametrize("seed", range(6))
def test_a_font_with_a_few_wrong_bytes_is_refused_or_plays(seed: int, font: Path, tmp_path: Path) -> None:
    """In a process of its own, whose end by a signal would be the worker's."""
    content = bytearray(font.read_bytes())
    dice = np.random.default_rng(seed)
    begin = place_of(content, b"phdr")[0] - 8
    for place in dice.integers(begin, len(content), 40):
        content[place] = dice.integers(256)
    path = tmp_path / "few.sf2"
    path.write_bytes(content)
    script = """if True:
        import sys, numpy as np
        from pathlib import Path
        from engine.errors import AppError
        from engine.generate.composer.synth import Synth
        try:
            synth = Synth(Path(sys.argv[1]))
        except AppError as error:
            sys.exit(7 if error.key == "soundfont_damaged" else 1)
        player, sound = synth._player, np.zeros((4000, 2), np.float32)
        for program in range(0, 128, 9):
            if player.sfpreset_name(synth._font, 0, program) is not None:
                player.program_select(0, synth._font, 0, program)
                player.noteon(0, 60, 100)
                player.generate_simple(4000, sound.data.cast("B"))
                player.noteoff(0, 60)
    """
    done = subprocess.run([sys.executable, "-c", script, str(path)], cwd=PROJECT, capture_output=True, timeout=120)
    assert done.returncode in (0, 7), done
