"""What tests want of the computer that they run on, and how to get it: told at the end for every test that was skipped.

A test skips with `pytest.skip(wants("Chromium"))`, or `skipif(..., reason=wants("Chromium"))`.
"""

import os
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping

PACKAGES: Mapping[str, Mapping[str, str]] = {
    "Chromium": {
        "apt-get": "chromium", "dnf": "chromium", "pacman": "chromium", "zypper": "chromium",
        "brew": "--cask google-chrome", "winget": "Google.Chrome",
    },
    "nginx": {
        "apt-get": "nginx-light", "dnf": "nginx", "pacman": "nginx", "zypper": "nginx", "brew": "nginx",
        "winget": "nginxinc.nginx",
    },
    "Caddy": {
        "apt-get": "caddy", "dnf": "caddy", "pacman": "caddy", "zypper": "caddy", "brew": "caddy",
        "winget": "CaddyServer.Caddy",
    },
    "RabbitMQ": {
        "apt-get": "rabbitmq-server", "dnf": "rabbitmq-server", "pacman": "rabbitmq", "zypper": "rabbitmq-server",
        "brew": "rabbitmq", "winget": "RabbitMQ.RabbitMQ",
    },
    "Redis": {
        "apt-get": "redis-server", "dnf": "redis", "pacman": "redis", "zypper": "redis", "brew": "redis",
        "winget": "Redis.Redis",
    },
    "PostgreSQL's server": {
        "apt-get": "postgresql", "dnf": "postgresql-server", "pacman": "postgresql", "zypper": "postgresql-server",
        "brew": "postgresql", "winget": "PostgreSQL.PostgreSQL",
    },
    "promtool": {
        "apt-get": "prometheus", "dnf": "golang-github-prometheus", "pacman": "prometheus",
        "zypper": "golang-github-prometheus-prometheus", "brew": "prometheus", "winget": "Prometheus.Prometheus",
    },
    "npm": {
        "apt-get": "npm", "dnf": "npm", "pacman": "npm", "zypper": "npm", "brew": "node", "winget": "OpenJS.NodeJS",
    },
}  # fmt: skip
INSTALL = {
    "apt-get": "apt-get install", "dnf": "dnf install", "pacman": "pacman -S", "zypper": "zypper install",
    "brew": "brew install", "winget": "winget install",
}  # fmt: skip
ADVICE: Mapping[str, str] = {
    "PostgreSQL": "set TEST_POSTGRESQL_URL=postgresql+psycopg://USER:PASSWORD@HOST/DATABASE, an empty one of its own",
    "a package registry": "connect to the network, or give npm and pip a registry that can be reached",
    "real weights": "connect to the network, or put the model's files into its folder below models/",
    "linters": "run .ci/linters",
    "full counts": "pass --full",
    "shared data": "put the project's shared/ folder beside this checkout",
    "a file system to fill": "run them as root on Linux",
    "another operating system": "run them there",
}
"""What no package manager brings."""

_WANT = re.compile(r"wants ([^,;:\n]+)")


def wants(what: str, why: str = "") -> str:
    """The reason to skip a test for want of `what`, a name from above."""
    assert what in {*PACKAGES, *ADVICE}, what
    return f"wants {what}" + (f": {why}" if why else "")


def advice(what: str) -> str:
    """The command, or what else is to be done, that brings `what` on this computer."""
    if what in ADVICE:
        return ADVICE[what]
    manager = next((name for name in INSTALL if shutil.which(name)), None)
    if manager is None:
        return f"install {what}"
    root = "sudo " if manager not in ("brew", "winget") and getattr(os, "geteuid", lambda: 0)() else ""
    return f"{root}{INSTALL[manager]} {PACKAGES[what][manager]}"


def wanted(reason: str) -> str | None:
    """What a reason to skip names; None for one that is not of `wants`."""
    found = _WANT.search(reason)
    return found[1].strip() if found and (found[1] in PACKAGES or found[1] in ADVICE) else None


def told(reasons: Iterable[str]) -> list[str]:
    """One line for each thing that was wanted, the dearest first; a reason of another kind is repeated."""
    lines = []
    for (what, reason), count in Counter((wanted(r), "" if wanted(r) else r) for r in reasons).most_common():
        tests = f"{count} test was" if count == 1 else f"{count} tests were"
        lines.append(f"{tests} skipped for want of {what}: {advice(what)}" if what else f"{tests} skipped: {reason}")
    return lines
