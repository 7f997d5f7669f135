"""What lies in the library more than once, over REST."""

import hashlib
import json
import threading
import time
from collections import OrderedDict
from pathlib import Path
from typing import Any

from flask import Blueprint

from engine.app import Application
from engine.tag.tasks import TAG_TASKS, DuplicateFacts
from engine.web.files import scratch_file
from engine.web.me import me

KEPT = 8
"""Answers that are kept, for users whose libraries have not changed."""


def blueprint(application: Application) -> Blueprint:
    duplicates = Blueprint("duplicates", __name__, url_prefix="/api")
    tasks = application.scheduler.tasks.of(TAG_TASKS)
    asking, found = threading.Lock(), OrderedDict[str, DuplicateFacts]()

    def written(target: Path) -> tuple[list[str], str]:
        """Ids of the tracks whose fingerprints are in the file now, and a digest of those."""
        ids, digest = [], hashlib.sha256()
        with target.open("w", encoding="utf-8") as file:
            for track_id, fingerprint in me.library.fingerprints():
                ids.append(track_id)
                file.write(line := json.dumps(fingerprint) + "\n")
                digest.update(line.encode())
                time.sleep(0)
        return ids, digest.hexdigest()

    @duplicates.get("/duplicates")
    def listed() -> dict[str, Any]:
        """`{groups, total, unknown}`: groups of rows that are one recording, the oldest first, with their similarity to
        it; how many groups there are; how many tracks have no fingerprint."""
        with asking, scratch_file() as target:
            ids, digest = written(target)
            if digest not in found:
                found[digest] = tasks.find_duplicates(target)
                while len(found) > KEPT:
                    found.popitem(last=False)
            facts = found[digest]
        named = [[(ids[place], similarity) for place, similarity in group] for group in facts.groups]
        wanted = [track_id for group in named for track_id, _ in group]
        there = {row["id"]: row for row in me.library.tracks.rows_of(wanted)}
        found_now = ([{**there[one], "similarity": alike} for one, alike in group if one in there] for group in named)
        groups = [rows for rows in found_now if len(rows) > 1]  # others were deleted meanwhile
        return {"groups": groups, "total": facts.total, "unknown": max(0, me.library.count() - len(ids))}

    return duplicates
