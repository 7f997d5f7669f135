"""Tempo and key of a composed piece, known through the tracks made of it as far as they are unchanged."""

from typing import Any

import pytest

from engine.errors import AppError, Code
from engine.library.inputs import KnownMusic
from engine.library.known_music import known_music
from engine.library.record import Record, RecordParameters
from tests.made_tracks import make_tracks

SCORED = {"tempo_bpm": 78.0, "key": "E minor"}
MOVED = {"match": {"rendered": {"pitch": {"semitones": 2.0}}}}
MOVED_STEM = {"match": {"rendered": {"pitch": None}, "stem_styles": {"bass": {"pitch": {"semitones": 1.0}}}}}
KEPT = {"match": {"rendered": {"pitch": None}, "stem_styles": {"bass": {"pitch": None}}}}
KNOWN = KnownMusic(78.0, "E minor")


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Record:
    return make_tracks(tmp_path_factory.mktemp("tracks"), 1)[0]


def chain(record: Record, *links: tuple[str, dict[str, Any]]) -> dict[str, Record]:
    """Records by id: `0` is a composed piece, `1` what the first command made of it, and so on."""
    piece = {"model": "composer", "command": "generate", "details": SCORED}
    found = {"0": record.model_copy(update={"id": "0" * 32, **piece})}
    for number, (command, details) in enumerate(links):
        source = {"source": f"track:{number}", "reference": "upload:1"}
        parameters = RecordParameters.model_validate(record.parameters.model_dump() | source)
        made = {"command": command, "model": "other", "details": details, "parameters": parameters}
        found[str(number + 1)] = record.model_copy(update=made)
    return found


def reader(records: dict[str, Record]) -> Any:
    def read(track_id: str) -> Record:
        if track_id not in records:
            raise AppError(Code.NOT_FOUND, "track_not_found")
        return records[track_id]

    return read


@pytest.mark.parametrize(
    ("links", "known"),
    [
        ((), KNOWN),
        ((("upscale", {}),), KNOWN),
        ((("split", {}),), KNOWN),
        ((("mix", {}), ("match", KEPT)), KNOWN),
        ((("upscale", {}), ("split", {}), ("mix", {}), ("upscale", {})), KNOWN),
        ((("match", MOVED),), None),
        ((("match", MOVED), ("upscale", {})), None),
        ((("match", MOVED_STEM),), None),
        ((("generate", {}),), None),
        ((("stranger", {}),), None),
    ],
)
def test_a_piece_is_known_through_what_was_made_of_it(
    record: Record, links: tuple[tuple[str, dict[str, Any]], ...], known: KnownMusic | None
) -> None:
    records = chain(record, *links)
    assert known_music(records[str(len(links))], reader(records)) == known


def test_what_is_gone_foreign_or_circular_is_not_known(record: Record) -> None:
    records = chain(record, ("upscale", {}), ("upscale", {}))
    assert known_music(records["2"], reader({name: kept for name, kept in records.items() if name != "1"})) is None
    assert known_music(records["1"], reader({"0": records["1"]})) is None
    foreign = RecordParameters.model_validate(record.parameters.model_dump() | {"source": "upload:1"})
    assert known_music(records["1"].model_copy(update={"parameters": foreign}), reader(records)) is None


@pytest.mark.parametrize(
    "details",
    [
        {},
        {"key": "E minor"},
        {"tempo_bpm": "78", "key": "E minor"},
        {"tempo_bpm": True},
        {**SCORED, "tempo_bpm": -5},
        {**SCORED, "tempo_bpm": 10**400},
        {**SCORED, "tempo_bpm": float("nan")},
    ],
)
def test_a_record_without_them_says_nothing(record: Record, details: dict[str, Any]) -> None:
    assert known_music(record.model_copy(update={"details": details}), reader({})) is None
