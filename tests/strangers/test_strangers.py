"""Checkpoints of strangers: whatever stands in one, it is named in a sentence, at once, and costs no memory."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engine.errors import Code
from engine.settings import PROJECT
from tests.strangers.cases import FAMILIES, MARKER, Workshop

MOST_MB = 300
"""The process may grow by so much over what a good checkpoint took. Before, it grew by up to 4.5 GB."""
MOST_S = 20
"""Of one case. Before, some took minutes; a second is usual."""


def outcomes(family: str, place: Path, **environment: str) -> tuple[list[tuple[str, Path, str]], list[dict[str, Any]]]:
    """The cases of a family, and what a process of its own says of the good checkpoint and of each."""
    shop = Workshop(place)
    getattr(shop, family)()
    plan = [[family, str(place / family / "good")], *([name, str(folder)] for name, folder, _ in shop.cases)]
    (place / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("load.py")), str(place / "plan.json")],
        cwd=PROJECT, env={**os.environ, **environment}, capture_output=True, text=True, timeout=800, check=False,
    )  # fmt: skip
    told = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert len(told) == len(plan), done.stderr[-2000:]
    return shop.cases, told


@pytest.mark.timeout(900)
@pytest.mark.parametrize("family", FAMILIES)
def test_each_wrong_checkpoint_is_refused_by_name_at_once(family: str, tmp_path: Path) -> None:
    cases, (good, *told) = outcomes(family, tmp_path, STRANGER=MARKER)
    assert good["code"] == "", good
    wrong = []
    for (_, folder, field), found in zip(cases, told, strict=True):
        assert folder.name == found["case"]
        body = json.loads(found["message"]) if found["code"] in set(Code) - {Code.INTERNAL} else {"message": ""}
        named = field in found["message"] or field.rpartition(".")[2] in found["message"]
        short = len(body["message"]) < 900 and "{" not in body["message"]
        if found["code"] != Code.INVALID_INPUT or not named or not short or MARKER in found["message"]:
            wrong.append((field, found))
        if found["seconds"] > MOST_S or found["grown_mb"] > MOST_MB:
            wrong.append((field, found))
    assert not wrong
