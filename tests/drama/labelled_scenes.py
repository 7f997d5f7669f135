"""Passages labelled by hand, and how well what is found agrees with them."""

import tomllib
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.drama.project import Finding, Language, Project
from engine.drama.scenes import add_clips, find_scenes

from .told_scenes import told

FOLDER = Path(__file__).with_name("passages")
KINDS = ("place", "weather", "time", "mood", "effects")


@dataclass
class Score:
    right: int = 0
    wrong: int = 0
    missed: int = 0

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0


def passages(language: Language, held_out: bool) -> list[dict[str, Any]]:
    """Every third passage is held out."""
    rows = tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))["passage"]
    return [row for at, row in enumerate(rows) if (at % 3 == 2) == held_out]


def found_in(project: Project) -> dict[str, list[Finding] | list[str]]:
    """What is found in a passage, scene by scene, and its effects by tag."""
    done = add_clips(find_scenes(project), lambda words, kind: words, ambience=False, music=False)
    found: dict[str, Any] = {
        kind: [finding for scene in done.scenes if (finding := getattr(scene, kind))] for kind in KINDS[:4]
    }
    effects = [clip.sound for clip in done.clips if clip.lane == "effects"]
    return found | {"effects": ["steps" if each.startswith("steps") else each for each in effects]}


def scores(language: Language, held_out: bool) -> tuple[dict[str, Score], list[str]]:
    """Kind -> its score over passages, and what was wrong. The last scene of a passage is judged: where it ends up."""
    kinds: dict[str, Score] = defaultdict(Score)
    faults: list[str] = []
    for row in passages(language, held_out):
        found = found_in(told(row["text"], language))
        for kind in KINDS[:4]:
            wanted = row.get(kind, "").split("|") if row.get(kind) else []
            last = found[kind][-1] if found[kind] else None
            value = last.value if isinstance(last, Finding) else None
            score = kinds[kind]
            if value in wanted:
                score.right += 1
            else:
                score.wrong += value is not None
                score.missed += bool(wanted)
                if value or wanted:
                    words = last.words if isinstance(last, Finding) else ""
                    faults.append(f"{kind}: {value} ({words}) for {wanted}: {row['text'][:60]}")
        wanted, score = list(row.get("effects", [])), kinds["effects"]
        for tag in found["effects"]:
            if tag in wanted:
                wanted.remove(str(tag))
                score.right += 1
            else:
                score.wrong += 1
                faults.append(f"effect too many: {tag}: {row['text'][:80]}")
        score.missed += len(wanted)
        faults += [f"effect missed: {tag}: {row['text'][:80]}" for tag in wanted]
    return kinds, faults
