"""`bench capacity`: what a cluster must have for so many jobs a day, by the simulated queue and what was measured here.

What jobs take stands in `capacity.toml`, with where it comes from. `--write` makes the parts of docs/capacity.md anew.
Prices are yours: `--core-hour`, `--gib-month`, `--gib-out`, `--million-requests`, in any currency; without them there
is no cost among the figures. There is no peer.
"""

import argparse
import math
import random
import re
import statistics
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.queue_model import Loss, NodeModel, Outcome, Work, simulate
from engine.settings import PROJECT

DOCUMENT = PROJECT / "docs" / "capacity.md"
MEASURED = tomllib.loads((Path(__file__).parent / "capacity.toml").read_text("utf-8"))
COMMANDS: dict[str, dict[str, float]] = MEASURED["commands"]
CLUSTER: dict[str, float] = MEASURED["cluster"]

DAY_S, HOUR_S, DAYS_A_MONTH = 86_400.0, 3600.0, 30
JOBS_A_DAY, PEAK, USERS = 1000, 5.0, 50
SPREAD = 0.25
"""Standard deviation of what jobs of one kind take, over their mean."""
DAYS = 10
"""So many are simulated, one after the other."""
SHORT_S = 60.0
"""Of those who come in the peak hour, 95 of 100 shall wait no longer."""
SLOTS_A_NODE = 4
AWAY_S = 60.0
"""Each node is lost once a day, at any time, and is back after so long."""


@dataclass(frozen=True)
class Demand:
    """`peak`: how many times the average rate comes in the busiest hour of each day; the others share the rest."""

    service_s: float
    jobs_a_day: int = JOBS_A_DAY
    peak: float = PEAK
    segments: int = 1
    slots_a_node: int = SLOTS_A_NODE

    def works(self) -> list[Work]:
        """Those of DAYS days: a Poisson process, and times of work that spread as a lognormal distribution does."""
        chance, works = random.Random(20), list[Work]()
        quiet = (24 - self.peak) / 23
        for hour in range(24 * DAYS):
            rate = self.jobs_a_day / DAY_S * (self.peak if hour % 24 == 12 else quiet)
            now_s, end_s = hour * HOUR_S + chance.expovariate(rate), (hour + 1) * HOUR_S
            while now_s < end_s:
                spread = chance.lognormvariate(-(SPREAD**2) / 2, SPREAD)
                user = f"user {chance.randrange(USERS)}"
                works.append(Work(now_s, self.service_s * spread, user, segments=self.segments))
                now_s += chance.expovariate(rate)
        return works


@dataclass(frozen=True)
class Waits:
    """Seconds, of those who came in the peak hours, and of all."""

    median_s: float
    p95_s: float
    p99_s: float
    p95_all_s: float
    used: float
    """Share of the slots' time."""
    repeated: int


@cache
def waits(demand: Demand, slots: int) -> Waits:
    works, chance = demand.works(), random.Random(21)
    full, rest = divmod(slots, demand.slots_a_node)
    sizes = [demand.slots_a_node] * full + [rest] * (rest > 0)
    losses = [Loss((day + chance.random()) * DAY_S, node, AWAY_S) for day in range(DAYS) for node in range(len(sizes))]
    found = simulate(works, [NodeModel(size) for size in sizes], losses, CLUSTER["overhead_s"])
    every = found.waits_s(works)
    peak = [wait for wait, work in zip(every, works, strict=True) if work.at_s % DAY_S // HOUR_S == 12]
    return Waits(
        statistics.median(peak), _share(peak, 0.95), _share(peak, 0.99), _share(every, 0.95),
        found.busy_s / (slots * max(found.over_s)), found.repeated,
    )  # fmt: skip


def _share(seconds: Sequence[float], share: float) -> float:
    return sorted(seconds)[int(share * len(seconds))]


def slots_for(demand: Demand) -> int:
    """The fewest with which those who come in the peak hour wait no longer than SHORT_S, 95 of 100 of them."""
    slots = max(1, int(demand.jobs_a_day / DAY_S * demand.service_s))
    while waits(demand, slots).p95_s > SHORT_S:
        slots += 1
    return slots


def store_requests(cost: Mapping[str, float]) -> float:
    """How many a job sends to the bucket, from when it is begun until its sound is heard."""
    parts = math.ceil(cost["kept_mb"] / cost["sounds_kept"] / CLUSTER["part_mb"])
    sent = 1 if parts == 1 else parts + 2  # in parts: it is begun and completed, too
    return (
        CLUSTER["job_requests"]
        + cost["sounds_read"] * CLUSTER["read_requests"]
        + cost["sounds_kept"] * (CLUSTER["kept_requests"] + sent)
    )


# the tables


def _table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines: list[Sequence[object]] = [headings, ("---",) * len(headings), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def _s(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 600 else f"{seconds / 60:.0f} min"


def costs_table() -> str:
    rows = [
        (f"`/{name}`", f"{cost['cpu_s']:.0f} s", f"{cost['memory_mb']:.0f} MiB", f"{cost['read_mb']:.1f} MiB",
         f"{cost['kept_mb']:.1f} MiB") for name, cost in COMMANDS.items()
    ]  # fmt: skip
    return _table(("Command", "Time of a core", "Memory of its worker", "Reads", "Leaves"), rows)


def cores_table() -> str:
    rows = []
    for name, cost in COMMANDS.items():
        demand = Demand(cost["cpu_s"])
        slots, average = slots_for(demand), JOBS_A_DAY * cost["cpu_s"] / DAY_S
        found = waits(demand, slots)
        memory_gib = slots * cost["memory_mb"] / 1024
        rows.append(
            (f"`/{name}`", f"{average:.1f}", f"{PEAK * average:.1f}", f"**{slots}**", f"{memory_gib:.0f} GiB",
             _s(found.median_s), _s(found.p95_s), _s(found.p99_s), _s(found.p95_all_s), f"{found.used:.0%}")
        )  # fmt: skip
    headings = ("Command", "Cores, average", "Peak hour", "Needed", "Their memory", "Wait, median", "95 %", "99 %",
                "95 %, whole day", "Used")  # fmt: skip
    return _table(headings, rows)


def waits_table() -> str:
    rows = []
    needed = slots_for(Demand(COMMANDS["match"]["cpu_s"]))
    for slots in sorted({max(1, needed - 3), max(1, needed - 2), max(1, needed - 1), needed, needed + 1, needed + 2}):
        cells = [_s(waits(Demand(COMMANDS["match"]["cpu_s"], peak=peak), slots).p95_s) for peak in (1.0, 3.0, 5.0, 8.0)]
        rows.append((slots, *cells))
    return _table(("Cores", "Peak factor 1", "3", "5", "8"), rows)


def devices_table() -> str:
    rows = []
    for service_s in (15, 30, 60, 120, 300):
        demand = Demand(float(service_s), slots_a_node=1)
        slots = slots_for(demand)
        found = waits(demand, slots)
        average = JOBS_A_DAY * service_s / DAY_S
        rows.append((f"{service_s} s", f"{average:.1f}", f"**{slots}**", _s(found.median_s), _s(found.p95_s)))
    return _table(("A job takes", "Devices, average", "Needed", "Wait in the peak hour, median", "95 %"), rows)


def store_table() -> str:
    rows = []
    for name, cost in COMMANDS.items():
        read, kept = cost["read_mb"] / 1024, cost["kept_mb"] / 1024
        month = JOBS_A_DAY * DAYS_A_MONTH * (read + kept)
        peak_mbit = JOBS_A_DAY * PEAK / DAY_S * (2 * read + 2 * kept) * 1024 * 8 * 1.048576
        rows.append((f"`/{name}`", f"{JOBS_A_DAY * read:.0f} GiB", f"{JOBS_A_DAY * kept:.0f} GiB",
                     f"{month / 1024:.1f} TiB", f"{peak_mbit:.0f} Mbit/s"))  # fmt: skip
    return _table(("Command", "Uploads a day", "Results a day", "Kept in a month", "Traffic in the peak hour"), rows)


def services_table() -> str:
    a_second = JOBS_A_DAY * PEAK / DAY_S
    rows = []
    for name, cost in COMMANDS.items():
        nodes = -(-slots_for(Demand(cost["cpu_s"])) // SLOTS_A_NODE)
        database = a_second * CLUSTER["transactions"] + nodes * CLUSTER["idle_transactions"]
        running = min(slots_for(Demand(cost["cpu_s"])), a_second * cost["cpu_s"])
        rows.append((f"`/{name}`", nodes, f"{database:.0f}/s", f"{a_second:.2f}/s", f"{10 * running:.0f}/s",
                     f"{a_second * store_requests(cost):.1f}/s"))  # fmt: skip
    headings = (
        "Command",
        "Nodes of four slots",
        "Transactions",
        "Tickets",
        "Events, at most",
        "Requests to the bucket, but for uploads",
    )
    return _table(headings, rows)


def turns_table() -> str:
    """One user enters 300 matches at noon; what that does to the others, who take turns or do not."""
    cost_s = COMMANDS["match"]["cpu_s"]
    slots = slots_for(Demand(cost_s))
    others = [work for work in Demand(cost_s).works() if work.at_s < DAY_S]
    many = [Work(12 * HOUR_S, cost_s, "many") for _ in range(300)]
    rows = []
    for turns, said in ((True, "users take turns, as they do"), (False, "first come, first served")):
        works = sorted(
            [*(work if turns else Work(work.at_s, work.service_s) for work in others),
             *(work if turns else Work(work.at_s, work.service_s) for work in many)],
            key=lambda work: work.at_s,
        )  # fmt: skip
        found = simulate(works, [NodeModel(slots)], overhead_s=CLUSTER["overhead_s"])
        after = [wait for wait, work in zip(found.waits_s(works), works, strict=True)
                 if 12 * HOUR_S < work.at_s < 14 * HOUR_S]  # fmt: skip
        rows.append((said, _s(statistics.median(after)), _s(_share(after, 0.95))))
    return _table((f"{slots} cores", "Wait of the others in the next two hours, median", "95 %"), rows)


def segments_table() -> str:
    rows = []
    cost_s = COMMANDS["match"]["cpu_s"]
    slots = slots_for(Demand(cost_s))
    for segments in (1, 2, 5):
        demand = Demand(cost_s, segments=segments)
        alone = simulate([Work(0.0, cost_s, segments=segments)], [NodeModel(slots)], overhead_s=CLUSTER["overhead_s"])
        works = demand.works()
        found: Outcome = simulate(works, [NodeModel(slots)], overhead_s=CLUSTER["overhead_s"])
        took = [over - work.at_s for over, work in zip(found.over_s, works, strict=True)
                if work.at_s % DAY_S // HOUR_S == 12]  # fmt: skip
        rows.append((segments, _s(alone.makespan_s), _s(statistics.median(took)), _s(_share(took, 0.95))))
    return _table((f"Segments, on {slots} cores", "A job alone", "In the peak hour, median", "95 %"), rows)


PARTS: dict[str, Callable[[], str]] = {
    "costs": costs_table, "cores": cores_table, "waits": waits_table, "devices": devices_table, "store": store_table,
    "services": services_table, "turns": turns_table, "segments": segments_table,
}  # fmt: skip


def renewed(text: str) -> str:
    """The document with its parts made anew."""
    for name, make in PARTS.items():
        begin, end = f"<!-- {name}: made by ./run.sh bench capacity --write -->", f"<!-- end of {name} -->"
        assert begin in text and end in text, f"there is no part {name}"
        text = re.sub(f"{re.escape(begin)}.*{re.escape(end)}", lambda _: f"{begin}\n{make()}\n{end}", text, flags=re.S)  # noqa: B023
    return text


def measure(arguments: Sequence[str]) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="bench capacity")
    parser.add_argument("--write", action="store_true", help="make the parts of docs/capacity.md anew")
    parser.add_argument("--command", choices=COMMANDS, default="match")
    parser.add_argument("--service-s", type=float, help="what a job takes where you measured it")
    parser.add_argument("--jobs-a-day", type=int, default=JOBS_A_DAY)
    parser.add_argument("--peak", type=float, default=PEAK, help="the busiest hour has so many times the average")
    parser.add_argument("--days-kept", type=float, default=DAYS_A_MONTH, help="how long uploads and results stay")
    for price in ("core-hour", "gib-month", "gib-out", "million-requests"):
        parser.add_argument(f"--{price}", type=float, help="what you pay for it")
    asked = parser.parse_args(arguments)
    if asked.write:
        DOCUMENT.write_text(renewed(DOCUMENT.read_text("utf-8")), "utf-8")
    cost = COMMANDS[asked.command]
    demand = Demand(asked.service_s or cost["cpu_s"], asked.jobs_a_day, asked.peak)
    slots = slots_for(demand)
    found = waits(demand, slots)
    month = DAYS_A_MONTH * asked.jobs_a_day
    amounts = {
        "core_hour": slots * 24 * DAYS_A_MONTH,
        "gib_month": asked.jobs_a_day * asked.days_kept * (cost["read_mb"] + cost["kept_mb"]) / 1024,
        "gib_out": month * cost["kept_mb"] / 1024,
        "million_requests": month * store_requests(cost) / 1e6,
    }
    prices = {name: getattr(asked, name) for name in amounts}
    priced = {f"cost_{name}": round(amounts[name] * price, 2) for name, price in prices.items() if price is not None}
    total = {"cost_a_month": round(sum(priced.values()), 2)} if len(priced) == len(amounts) else {}
    return {
        "command": asked.command, "service_s": demand.service_s, "jobs_a_day": asked.jobs_a_day, "peak": asked.peak,
        "cores": slots, "memory_gib": round(slots * cost["memory_mb"] / 1024, 1), "used": round(found.used, 3),
        "wait_median_s": round(found.median_s, 1), "wait_p95_s": round(found.p95_s, 1),
        "wait_p99_s": round(found.p99_s, 1), "wait_p95_day_s": round(found.p95_all_s, 1),
        **{f"{name}_a_month": round(amount, 3) for name, amount in amounts.items()}, **priced, **total,
    }  # fmt: skip
