"""The queue of a cluster, simulated: pools, slots, users who take turns, nodes that are lost, jobs cut into segments.

It begins jobs as `engine.jobs.claims` does and takes a lost node's back as `engine.jobs.dispatch` does. Time is in
seconds and exact; nothing is drawn here, so the same work gives the same outcome.
"""

import heapq
import itertools
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.jobs.queue import EXPIRES_S


@dataclass(frozen=True)
class Work:
    """A job that is asked for at a time. `service_s`: how long one slot is at it; with `segments` that are worked on
    apart it is so many parts of equal length, and over when the last one is."""

    at_s: float
    service_s: float
    user: str = ""
    pool: str = "light"
    segments: int = 1


@dataclass(frozen=True)
class NodeModel:
    slots: int
    pools: frozenset[str] = frozenset({"light"})


@dataclass(frozen=True)
class Loss:
    """A node dies at a time and is back so much later. What it had begun is begun anew, once it was silent for
    `EXPIRES_S`."""

    at_s: float
    node: int
    away_s: float


@dataclass
class Outcome:
    """Of each work: when it was first begun and when it was over. `busy_s`: of all slots together, lost work too."""

    begun_s: list[float]
    over_s: list[float]
    busy_s: float = 0.0
    repeated: int = 0

    def waits_s(self, works: Sequence[Work]) -> list[float]:
        return [begun - work.at_s for begun, work in zip(self.begun_s, works, strict=True)]

    @property
    def makespan_s(self) -> float:
        """From the first beginning to the last end."""
        return max(self.over_s) - min(self.begun_s)


@dataclass(eq=False)
class _Part:
    """What one slot is at: a job, or a segment of one."""

    work: int
    service_s: float
    ended: bool = False


@dataclass(eq=False)
class _Node:
    model: NodeModel
    free: int = 0
    away: bool = False
    parts: dict[_Part, float] = field(default_factory=dict)
    """What runs there, and since when."""


class Simulation:
    """`overhead_s`: what a slot is at for each part beside its work: told, claimed, published."""

    def __init__(
        self, works: Sequence[Work], nodes: Sequence[NodeModel], losses: Sequence[Loss] = (), overhead_s: float = 0.0
    ) -> None:
        self._works, self._overhead_s = works, overhead_s
        self._nodes = [_Node(model, model.slots) for model in nodes]
        self._waiting: dict[str, dict[str, deque[_Part]]] = {}
        self._last_begun: dict[tuple[str, str], float] = {}
        self._turn = itertools.count()
        self._events: list[tuple[float, int, str, object]] = []
        self._left = [work.segments for work in works]
        self._outcome = Outcome([float("inf")] * len(works), [float("inf")] * len(works))
        for number, work in enumerate(works):
            self._at(work.at_s, "asked", number)
        for loss in losses:
            self._at(loss.at_s, "lost", loss)

    def _at(self, time_s: float, what: str, fact: object) -> None:
        heapq.heappush(self._events, (time_s, next(self._turn), what, fact))

    def run(self) -> Outcome:
        """Until all work is over."""
        left = len(self._works)
        while left:
            now_s, _, what, fact = heapq.heappop(self._events)
            if isinstance(fact, int) and what == "asked":
                work = self._works[fact]
                for _ in range(work.segments):
                    self._wait(_Part(fact, work.service_s / work.segments + self._overhead_s))
            elif isinstance(fact, tuple):
                left -= self._end(now_s, *fact)
            elif isinstance(fact, _Part):
                self._wait(fact, first=True)
            elif isinstance(fact, Loss) and what == "lost":
                self._lose(now_s, fact)
            elif isinstance(fact, _Node):
                fact.away, fact.free = False, fact.model.slots
            self._begin(now_s)
        return self._outcome

    def _wait(self, part: _Part, *, first: bool = False) -> None:
        """At the end of its user's queue, or, where it was begun before, in its place: the first."""
        work = self._works[part.work]
        queue = self._waiting.setdefault(work.pool, {}).setdefault(work.user, deque())
        queue.appendleft(part) if first else queue.append(part)

    def _begin(self, now_s: float) -> None:
        for node in self._nodes:
            for pool in node.model.pools if not node.away else ():
                while node.free and (part := self._next(pool)):
                    node.free -= 1
                    node.parts[part] = now_s
                    self._last_begun[pool, self._works[part.work].user] = now_s
                    self._outcome.begun_s[part.work] = min(self._outcome.begun_s[part.work], now_s)
                    self._at(now_s + part.service_s, "over", (node, part))

    def _next(self, pool: str) -> _Part | None:
        """Of the user whose last job began longest ago; among those, of whoever asked first."""
        users = self._waiting.get(pool)
        if not users:
            return None
        user = min(users, key=lambda name: (self._last_begun.get((pool, name), 0.0), users[name][0].work))
        part = users[user].popleft()
        if not users[user]:
            del users[user]
        return part

    def _end(self, now_s: float, node: _Node, part: _Part) -> bool:
        """Whether that was the last part of a job; False as well for one that went with its node."""
        if part.ended or part not in node.parts:
            return False
        self._outcome.busy_s += now_s - node.parts.pop(part)
        node.free += 1
        part.ended = True
        self._left[part.work] -= 1
        if self._left[part.work] == 0:
            self._outcome.over_s[part.work] = now_s
        return self._left[part.work] == 0

    def _lose(self, now_s: float, loss: Loss) -> None:
        node = self._nodes[loss.node]
        if node.away:
            return
        for part, begun_s in node.parts.items():
            self._outcome.busy_s += now_s - begun_s
            self._outcome.repeated += 1
            self._at(now_s + EXPIRES_S, "silent", _Part(part.work, part.service_s))
        node.parts, node.free, node.away = {}, 0, True
        self._at(now_s + loss.away_s, "back", node)


def simulate(
    works: Sequence[Work], nodes: Sequence[NodeModel], losses: Sequence[Loss] = (), overhead_s: float = 0.0
) -> Outcome:
    return Simulation(works, nodes, losses, overhead_s).run()
