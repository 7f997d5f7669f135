"""A job whose long sounds are made in segments: each by a job of its own, the last one first."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

from engine.command import Command
from engine.context import MadeSegment, Segment
from engine.parameters import Params
from tests.fake_job import FakeJob


class SegmentingJob(FakeJob):
    """`made`: the segments that were asked for."""

    def __init__(self, folder: Path, command: Command[Any], params: Params) -> None:
        super().__init__(folder)
        self._maker, self._params = resolve_name(command.segment_maker), params
        self.made: list[Segment] = []

    def segments(self, segments: Sequence[Segment]) -> Iterator[MadeSegment]:
        self.made = list(segments)
        results = [self._one(segment) for segment in reversed(self.made)]
        return iter(results[::-1])

    def _one(self, segment: Segment) -> MadeSegment:
        job, blocks = FakeJob(self.temp_dir), []
        job.inputs = self.inputs
        facts = self._maker(self._params, job, json.loads(json.dumps(segment.work)), blocks.append)
        return MadeSegment(blocks, json.loads(json.dumps(facts)))
