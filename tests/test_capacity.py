"""docs/capacity.md says what the simulation says, and the simulation answers as a queue must."""

import re

import pytest

from benchmarks.capacity import (
    CLUSTER,
    COMMANDS,
    DAY_S,
    DOCUMENT,
    JOBS_A_DAY,
    PEAK,
    SHORT_S,
    Demand,
    measure,
    renewed,
    slots_for,
    store_requests,
    waits,
)
from engine.library.s3.storage import PART_BYTES


@pytest.mark.slow
@pytest.mark.usefixtures("only_full")
def test_the_document_is_what_the_simulation_says() -> None:
    text = DOCUMENT.read_text("utf-8")
    assert renewed(text) == text, "run ./run.sh bench capacity --write"


def test_the_fewest_cores_are_found_that_keep_the_wait_short() -> None:
    demand = Demand(120.0)
    slots = slots_for(demand)
    assert waits(demand, slots).p95_s <= SHORT_S < waits(demand, slots - 1).p95_s
    assert slots >= slots_for(Demand(120.0, peak=3.0)) >= slots_for(Demand(120.0, peak=1.0)) > 1.4, "1.4 are worked on"


@pytest.mark.parametrize("command", COMMANDS)
def test_costs_are_amounts_times_ones_own_prices(command: str) -> None:
    prices = {"core-hour": 0.05, "gib-month": 0.02, "gib-out": 0.09, "million-requests": 4.0}
    asked = ["--command", command, *(word for name, price in prices.items() for word in (f"--{name}", str(price)))]
    found = measure(asked)
    amounts = {name: found[f"{name.replace('-', '_')}_a_month"] for name in prices}
    assert found["cost_a_month"] == pytest.approx(sum(amounts[name] * prices[name] for name in prices), abs=0.1)
    assert not [name for name in measure(["--command", command]) if name.startswith("cost")]


def test_requests_to_the_bucket_are_those_of_the_sounds_of_a_command() -> None:
    cost = {"sounds_read": 2, "sounds_kept": 1, "kept_mb": 7.9}
    assert store_requests(cost) == 12, "as many as were counted, of a short match"
    assert store_requests({**cost, "sounds_read": 0}) == 8
    assert store_requests({**cost, "kept_mb": 16.1}) == 12 + 4, "three parts, begun and completed, in place of one"
    assert store_requests({**cost, "sounds_kept": 5, "kept_mb": 39.0}) == 12 + 4 * 2, "four stems and their peaks"


def test_the_document_has_the_requests_of_each_command() -> None:
    rows = re.findall(r"\| `/(\w+)` \|.* ([\d.]+)/s \|$", DOCUMENT.read_text("utf-8"), flags=re.M)
    a_second = JOBS_A_DAY * PEAK / DAY_S
    assert dict(rows) == {name: f"{a_second * store_requests(cost):.1f}" for name, cost in COMMANDS.items()}


def test_a_long_sound_is_sent_in_the_parts_that_are_reckoned_with() -> None:
    assert CLUSTER["part_mb"] * 2**20 == PART_BYTES
