"""The benchmark of the cluster runs to its end and has every figure; how large they are, quiet machines may say."""

import os

import pytest

from benchmarks.cluster import measure
from tests.wants import wants

pytestmark = pytest.mark.skipif("TEST_POSTGRESQL_URL" not in os.environ, reason=wants("PostgreSQL"))

LITTLE = ["--part", "overhead", "--jobs", "3", "--rounds", "1"]
MUCH = ["--jobs", "30", "--rounds", "3", "--waiting", "200", "--pages", "100", "--seconds", "10", "--scaled", "8"]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_it_measures_what_a_cluster_costs_and_gives(full: bool) -> None:
    figures = measure(["--database-url", os.environ["TEST_POSTGRESQL_URL"], *(MUCH if full else LITTLE)])
    positive = {"ours_s", "peer_s"}
    if full:
        positive |= {
            "alone_ms", "enter_ms", "choose_ms", "move_ms", "list_ms", "jobs_per_s", "event_ms", "event_ms_p95",
            "end_ms", "end_ms_p95", "server_rss_mb", "server_threads",
            *(f"{kind}_s_{nodes}" for kind in ("waits", "computes") for nodes in (1, 2, 4)),
        }  # fmt: skip
        assert figures["notices_lost"] == 0 < figures["notices"]
        assert figures["efficiency_waits_1"] == 1 and figures["efficiency_waits_4"] > 0
    assert {name for name in positive if figures[name] > 0} == positive
    assert {"overhead_ms", "load_overhead"} <= figures.keys()
