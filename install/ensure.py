"""Brings the folder to the state that its files describe, and does nothing where it is there already."""

from collections.abc import Set

from install import console
from install.layout import Project
from install.lock import alone
from install.stamp import Stamp
from install.steps import venv, wanted
from install.steps.packages import forget_damaged, present
from install.steps.step import Step

KEPT = frozenset({"cluster", "test"})
"""Extras that stay once they were asked for."""


def ensure(
    project: Project, *, extras: Set[str] = frozenset(), server: bool | None = None, repair: bool = False
) -> None:
    """Installs what is missing; `extras` (see EXTRAS) too, those of KEPT for good. `repair` looks at every file.

    `server`: whether a server of a cluster is enough; None for what was said last. What is whole stays so.
    """
    if not repair and complete(project, extras, server):
        return
    with alone(project.lock, lambda: console.say("Waiting for another install in this folder to finish ...")):
        if not repair and complete(project, extras, server):
            return
        project.log.write_bytes(b"")
        venv.ensure(project)
        stamp = Stamp.read(project.stamp)
        steps, only_server = chosen(stamp, extras, server)
        if repair or stamp.python != project.python_minor:
            stamp = Stamp(python=project.python_minor)
        stamp.server = only_server
        stamp.write(project.stamp)
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


def complete(project: Project, extras: Set[str], server: bool | None = None) -> bool:
    """Whether nothing is to be done, found out without starting pip or npm."""
    stamp = Stamp.read(project.stamp)
    return (
        stamp.python == project.python_minor
        and venv.runs(project)
        and all(done(step, project, stamp) for step in chosen(stamp, extras, server)[0])
    )


def done(step: Step, project: Project, stamp: Stamp) -> bool:
    return stamp.steps.get(step.name) == step.fingerprint(project) and step.intact(project, stamp)


def chosen(stamp: Stamp, extras: Set[str], server: bool | None) -> tuple[list[Step], bool]:
    """The steps, and whether they are those of a server alone, which is one of a cluster. Tests try all there is."""
    known = extras | (KEPT & stamp.steps.keys())
    if stamp.server if server is None else server:
        known |= {"cluster"}
        if "test" not in known and "packages" not in stamp.steps:
            return wanted(known, server=True), True
    return wanted(known | {"cluster"} if "test" in known else known, server=False), False
