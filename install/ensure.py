"""Brings the folder to the state that its files describe, and does nothing where it is there already."""

from collections.abc import Set

from install import console
from install.layout import Project
from install.lock import alone
from install.stamp import Stamp
from install.steps import venv, wanted
from install.steps.packages import forget_damaged, present
from install.steps.step import Step

KEPT = frozenset({"cluster", "server", "test"})
"""Extras that stay once they were asked for."""


def ensure(project: Project, *, extras: Set[str] = frozenset(), repair: bool = False) -> None:
    """Installs what is missing; `extras` (see EXTRAS) too, those of KEPT for good. `repair` looks at every file."""
    if not repair and complete(project, extras):
        return
    with alone(project.lock, lambda: console.say("Waiting for another install in this folder to finish ...")):
        if not repair and complete(project, extras):
            return
        project.log.write_bytes(b"")
        venv.ensure(project)
        stamp = Stamp.read(project.stamp)
        steps = wanted(_with_kept(stamp, extras))
        if repair or stamp.python != project.python_minor:
            stamp = Stamp(python=project.python_minor)
        if not all(done(step, project, stamp) for step in steps if step.name != "page"):
            damaged = forget_damaged(project.site_packages)
            if damaged:
                console.say(f"Damaged or half installed, coming anew: {', '.join(damaged)}")
            if damaged or not present(project, stamp):
                stamp.steps = {name: made for name, made in stamp.steps.items() if name == "page"}
        for step in steps:
            if not done(step, project, stamp):
                stamp.steps.pop(step.name, None)
                stamp.write(project.stamp)
                step.run(project, stamp)
                stamp.steps[step.name] = step.fingerprint(project)
                stamp.write(project.stamp)


def complete(project: Project, extras: Set[str]) -> bool:
    """Whether nothing is to be done, found out without starting pip or npm."""
    stamp = Stamp.read(project.stamp)
    return (
        stamp.python == project.python_minor
        and venv.runs(project)
        and all(done(step, project, stamp) for step in wanted(_with_kept(stamp, extras)))
    )


def done(step: Step, project: Project, stamp: Stamp) -> bool:
    return stamp.steps.get(step.name) == step.fingerprint(project) and step.intact(project, stamp)


def _with_kept(stamp: Stamp, extras: Set[str]) -> Set[str]:
    """A server alone is one of a cluster; the tests try what clusters need, and all else."""
    known = extras | (KEPT & stamp.steps.keys())
    if "test" in known:
        return (known | {"cluster"}) - {"server"}
    return known | {"cluster"} if "server" in known else known
