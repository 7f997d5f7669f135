"""docs/capacity.md says what the simulation says, and the simulation answers as a queue must."""

import pytest

from benchmarks.capacity import COMMANDS, DOCUMENT, SHORT_S, Demand, measure, renewed, slots_for, waits


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
