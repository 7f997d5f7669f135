"""Texts of which no word is known find what CLaMP 3 finds like them."""

import sys
from pathlib import Path

import numpy as np
import pytest

from engine.tag.clamp3.files import there
from engine.tag.clamp3.queries import QueryEncoder
from engine.tag.search import rows
from engine.tag.search.index import Tagged, base_of, described_of, lifts_of, marks_of, vectors_of
from engine.tag.search.rows import Rows
from tests.tag.clamp_checkpoints import install
from tests.tagged import as_text, listened

TEXTS = ("ein ruhiger Abend am Meer", "フレンチのカフェ", "kurtka na wietrze", "ветер над степью")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    install(folder)
    return folder


def track(at: int) -> str:
    return f"{at:032x}"


@pytest.fixture(scope="module")
def heard(models: Path) -> list[np.ndarray]:
    """What each of the tracks sounds like: its text, with some noise; and one more of noise alone."""
    files = there(models)
    assert files is not None
    encoder, numbers = QueryEncoder(files), np.random.default_rng(1)
    vectors = [encoder.vector(text) for text in TEXTS]
    noise = [0.003 * numbers.normal(size=len(vectors[0])) for _ in range(len(TEXTS) + 1)]
    return [vector + more for vector, more in zip([*vectors, np.zeros_like(vectors[0])], noise, strict=True)]


def library(models: Path, vectors: list[np.ndarray], *, unheard: int = 0) -> Rows:
    tracks = []
    for at, vector in enumerate([*vectors, *[None] * unheard]):
        facts = listened(at, bpm=100 + 10 * at)
        if vector is not None:
            facts["vectors"]["clamp3"] = as_text(vector)
        tracks.append(Tagged(track(at), facts))
    base = base_of(tracks)
    return Rows(models, lifts_of(base), vectors_of(base), described_of(base), marks_of(base))


def found(searched: Rows, text: str, among: np.ndarray | None = None) -> list[str]:
    return searched.rank(text, [], [], [], among, 100).tracks


@pytest.mark.parametrize("at", range(len(TEXTS)))
def test_a_text_in_any_language_finds_what_sounds_so(models: Path, heard: list[np.ndarray], at: int) -> None:
    searched = library(models, heard, unheard=2)
    tracks = found(searched, TEXTS[at])
    assert tracks[0] == track(at) and len(tracks) < len(heard)
    others = np.array([track(other).encode() for other in range(len(heard)) if other != at])
    assert track(at) not in found(searched, TEXTS[at], others)


def test_what_is_refused_is_not_asked_of_it(models: Path, heard: list[np.ndarray]) -> None:
    assert found(library(models, heard), f"без {TEXTS[3]}") == []


def test_without_its_weights_or_with_other_ones_nothing_is_found_by_it(
    models: Path, heard: list[np.ndarray], tmp_path: Path
) -> None:
    assert found(library(tmp_path, heard), TEXTS[0]) == []
    assert found(library(models, [vector[:20] for vector in heard]), TEXTS[0]) == []
    install(tmp_path)
    (tmp_path / "clamp3-saas" / "clamp3_saas.pth").write_bytes(b"something else")
    assert found(library(tmp_path, heard), TEXTS[0]) == []


def test_where_no_track_was_heard_by_it_it_is_not_loaded(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "_query_encoder", lambda models: pytest.fail("loaded for nothing"))
    assert found(library(models, [], unheard=3), TEXTS[0]) == []


def test_a_search_brings_no_torch_before_it_is_needed() -> None:
    import subprocess

    code = "import sys, engine.tag.search.tasks; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
