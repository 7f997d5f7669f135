import numpy as np
import pytest

from engine.errors import AppError, Code
from engine.split.models import SIX, STEMS
from engine.split.params import SplitParams
from engine.split.stem_selection import StemSelection
from tests.audio.sounds import noise

SOURCE = "track:" + "0" * 32
FOUR = STEMS["htdemucs"]
MIX = noise(2, 100)
ESTIMATES = {name: MIX * np.float32(share) for name, share in zip(FOUR, (0.4, 0.3, 0.1, 0.1), strict=True)}


def apply(**wishes: object) -> dict[str, np.ndarray]:
    return StemSelection.of(SplitParams(source=SOURCE, **wishes), FOUR).apply(MIX, ESTIMATES)  # type: ignore[arg-type]


def test_all_stems_as_the_model_hears_them() -> None:
    stems = apply()
    assert tuple(stems) == FOUR and all(np.array_equal(stems[name], ESTIMATES[name]) for name in FOUR)


def test_the_exact_sum_is_the_mix() -> None:
    stems = apply(residual=True)
    assert np.abs(sum(stems.values()) - MIX).max() < 1e-6
    assert np.array_equal(stems["vocals"], ESTIMATES["vocals"])


def test_other_alone_is_exact_all_the_same() -> None:
    stems = apply(stems="other", residual=True)
    assert list(stems) == ["other"] and np.allclose(stems["other"], MIX * 0.2, atol=1e-6)


@pytest.mark.parametrize(("residual", "share"), [(False, 0.8), (True, 0.9)])
def test_two_stems(residual: bool, share: float) -> None:
    stems = apply(stems="vocals", two_stems=True, residual=residual)
    assert list(stems) == ["vocals", "instrumental"] and np.allclose(stems["instrumental"], MIX * share, atol=1e-6)
    assert list(apply(stems="drums", two_stems=True)) == ["drums", "no_drums"]


def test_a_model_of_one_stem_gives_the_rest_of_the_mix() -> None:
    params = SplitParams(source=SOURCE, model="bs-roformer-viperx")
    selection = StemSelection.of(params, ("vocals",))
    stems = selection.apply(MIX, {"vocals": ESTIMATES["vocals"]})
    assert list(stems) == ["vocals", "instrumental"] and np.allclose(stems["instrumental"], MIX * 0.9, atol=1e-6)


def test_names_are_read_as_people_type_them() -> None:
    assert SplitParams(source=SOURCE, stems=" Vocals, drums vocals").stems == "vocals,drums"
    assert SplitParams(source=SOURCE, stems="").stems == SplitParams(source=SOURCE, stems="bass all").stems == "all"
    with pytest.raises(AppError, match="kazoo") as refused:
        SplitParams.checked({"source": SOURCE, "stems": "kazoo"})
    assert refused.value.code is Code.INVALID_INPUT


@pytest.mark.parametrize(
    ("wishes", "sources", "said"),
    [
        ({"stems": "piano"}, FOUR, "piano"),
        ({"stems": "drums"}, ("vocals",), "drums"),
        ({"two_stems": True}, SIX, "exactly one"),
        ({"stems": "vocals, drums", "two_stems": True}, FOUR, "exactly one"),
    ],
)
def test_what_cannot_be_had_is_said(wishes: dict[str, object], sources: tuple[str, ...], said: str) -> None:
    with pytest.raises(AppError, match=said) as refused:
        StemSelection.of(SplitParams(source=SOURCE, **wishes), sources)  # type: ignore[arg-type]
    assert refused.value.code is Code.INVALID_INPUT
