"""Scenes and effects of 45 passages a language, labelled by hand; those held out were not written for."""

import pytest

from engine.drama.project import Language
from engine.drama.scenes.tables import table

from .labelled_scenes import KINDS, passages, scores

FLOORS: dict[tuple[Language, bool], dict[str, tuple[float, float]]] = {
    ("en", False): {
        "place": (0.9, 0.9),
        "weather": (1, 1),
        "time": (0.8, 0.9),
        "mood": (0.9, 0.7),
        "effects": (1, 0.9),
    },
    ("ru", False): {"place": (1, 1), "weather": (1, 1), "time": (1, 0.85), "mood": (0.9, 0.75), "effects": (1, 1)},
    ("zh", False): {"place": (1, 0.8), "weather": (1, 1), "time": (1, 1), "mood": (0.9, 0.9), "effects": (1, 1)},
    ("en", True): {
        "place": (0.85, 0.7),
        "weather": (1, 0.55),
        "time": (0.8, 1),
        "mood": (0.6, 0.6),
        "effects": (1, 0.65),
    },
    ("ru", True): {"place": (0.9, 0.8), "weather": (1, 0.8), "time": (0.8, 0.8), "mood": (0.9, 0.6), "effects": (1, 1)},
    ("zh", True): {
        "place": (1, 0.85),
        "weather": (1, 1),
        "time": (1, 0.7),
        "mood": (0.6, 0.6),
        "effects": (0.85, 0.85),
    },
}
"""(language, held out) -> kind -> the least precision and recall."""


@pytest.mark.parametrize(("language", "held_out"), FLOORS)
def test_precision_and_recall_do_not_fall(language: Language, held_out: bool) -> None:
    found, faults = scores(language, held_out)
    for kind, (precision, recall) in FLOORS[language, held_out].items():
        assert found[kind].precision >= precision, (kind, found[kind], faults)
        assert found[kind].recall >= recall, (kind, found[kind], faults)


@pytest.mark.parametrize("language", ["en", "ru", "zh"])
def test_the_labels_are_words_of_the_tables(language: Language) -> None:
    files = {"place": "places", "weather": "weather", "time": "times", "mood": "moods"}
    rows = passages(language, True) + passages(language, False)
    assert len(rows) >= 40
    for row in rows:
        assert set(row) <= {"from", "text", *KINDS}
        for kind, file in files.items():
            assert set(row.get(kind, "").split("|")) - {""} <= set(table(file)), row
        assert set(row.get("effects", [])) <= set(table("effects")), row
