"""What a new track knows of its sound: what its job found, and what the user knows better, which later jobs spare."""

from pathlib import Path

import numpy as np

from engine.commands import command
from engine.context import TrackDraft
from engine.jobs.messages import RunJob
from engine.jobs.track_writer import TrackWriter
from engine.library.annotations import annotated
from engine.library.record import Annotation, Timings
from engine.parameters import Format, OutputParams


def test_what_the_user_knows_better_is_an_annotation_of_their_own(tmp_path: Path) -> None:
    draft = TrackDraft(
        audio=np.zeros((1, 4410), np.float32), rate_hz=44_100, output=OutputParams(format=Format.WAV), model="debug",
        facts={"key": {"name": "C major"}, "tags": []}, corrected={"key": {"name": "A minor"}},
    )  # fmt: skip
    request = RunJob("0" * 32, 1, 0, "debug", {}, {}, tmp_path, 0, 0.0, "x")
    params = command("debug", debug=True).params.model_validate({})
    record = TrackWriter(draft, 0, request, params, "cpu", tmp_path, lambda: None).write(list, Timings)
    assert record.facts == draft.facts | draft.corrected
    assert [known.job_id for known in record.annotations] == ["0" * 32, None]
    again = annotated(record, Annotation.now("tag", {"key": {"name": "E minor"}, "tags": ["b"]}, job_id="1" * 32))
    assert again.facts == {"key": {"name": "A minor"}, "tags": ["b"]}
