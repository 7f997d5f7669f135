"""Files are read through once, however often they are opened, and again when they have changed."""

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.audio import decode, joined, ogg_links
from engine.audio.known import known
from tests.audio.sounds import noise


@pytest.mark.parametrize(("kind", "subtype"), [("FLAC", "PCM_16"), ("OGG", "VORBIS")])
def test_pieces_of_a_file_cost_one_walk_through_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, subtype: str
) -> None:
    walks = []
    for module, name in ((joined, "_next_flac"), (ogg_links, "links_of")):
        real = getattr(module, name)
        target = decode if name == "links_of" else module
        monkeypatch.setattr(target, name, lambda *a, real=real: walks.append(1) or real(*a))
    path = tmp_path / "a"
    soundfile.write(path, noise(1, 60_000).T, 48_000, format=kind, subtype=subtype)
    pieces = [decode.read(path, start_s=start / 10, duration_s=0.1)[0] for start in range(12)]
    whole, _ = decode.read(path)
    np.testing.assert_array_equal(np.concatenate(pieces, axis=1), whole[:, :57_600])
    assert len(walks) == 1
    path.write_bytes(path.read_bytes() * 2)  # joined: another length, so another file
    assert decode.probe(path).samples == 120_000
    assert len(walks) > 1


def test_what_lies_in_memory_is_looked_at_each_time() -> None:
    answers = iter((1, 2))
    file = io.BytesIO(b"x")
    assert [known(file, "a", answers.__next__) for _ in range(2)] == [1, 2]
