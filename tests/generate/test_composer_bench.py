"""The composer's benchmark makes its jobs itself, so that a change of jobs must reach it."""

from benchmarks.composer import made
from engine.jobs.engines import EnginePool


def test_a_short_piece_is_timed_stage_by_stage() -> None:
    stages = made("solo piano", 2.0, EnginePool())
    assert set(stages) >= {"compose_s", "play_s", "mix_s", "master_s", "save_s"}
    assert all(seconds > 0 for seconds in stages.values())
