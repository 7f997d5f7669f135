"""No two public classes of one name, so that a name says which is meant wherever it is read."""

import ast
from collections import defaultdict
from pathlib import Path

ENGINE = Path(__file__).parent.parent / "engine"
BLOCKS = {"Attention", "Block", "Halve", "Residual"}
"""Layers of networks, named as their papers name them; each serves its own network's file alone."""
DRAMA = {"Chapter", "Levels", "Part", "Voice", "Word"}
"""Parts of a drama, named as its project's file and every reader of plays names them."""
STAND_INS = {"engine/upstream/torchaudio.py"}
"""Classes that must have the names of those that they stand in for."""


def test_no_two_public_classes_have_one_name() -> None:
    places = defaultdict(list)
    for path in sorted(ENGINE.rglob("*.py")):
        name = path.relative_to(ENGINE.parent).as_posix()
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_") and name not in STAND_INS:
                places[node.name].append(name)
    twice = {name: found for name, found in places.items() if len(found) > 1}
    assert {name: found for name, found in twice.items() if name not in BLOCKS | DRAMA} == {}
    assert set(twice) == BLOCKS | DRAMA, "no longer needed"
