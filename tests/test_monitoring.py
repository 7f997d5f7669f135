"""The dashboard and the alerts ask for metrics that exist, and say what they mean."""

import json
import re
import shutil
import subprocess

import pytest
import yaml

from engine.dashboard import dashboard
from engine.documentation import DASHBOARD, dashboard_file
from engine.metrics import METRICS, PREFIX
from engine.settings import PROJECT
from tests.wants import wants

ALERTS = PROJECT / "deploy" / "alerts.yml"
PANELS = [panel for panel in dashboard()["panels"] if panel["type"] != "row"]

UNITS = {"short", "s", "bytes", "reqps", "cps", "Bps", "dB", "percentunit"}
"""Those that we use of grafana/grafana, packages/grafana-data/src/valueFormats/categories.ts."""


def problems(query: str) -> list[str]:
    """Metrics and labels of a query that are not there."""
    found = []
    for name, braces in re.findall(rf"({PREFIX}\w+)(?:\{{([^}}]*)\}})?", query):
        metric = METRICS.get(re.sub(r"_(bucket|count|sum)$", "", name)) or METRICS.get(name)
        if metric is None or (metric.kind == "histogram") is not bool(re.search(r"_(bucket|count|sum)$", name)):
            found.append(name)
            continue
        known = {*metric.labels, "instance", "le", "job"}
        by = re.findall(r"by \(([^)]*)\)", query)
        labels = {*re.findall(r"(\w+)\s*[=!]~?", braces), *(label.strip() for part in by for label in part.split(","))}
        found += [f"{name}{{{label}}}" for label in labels - known - {""}]
    return found


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"])
def test_a_panel_shows_what_there_is(panel: dict) -> None:  # type: ignore[type-arg]
    assert panel["description"] and panel["fieldConfig"]["defaults"]["unit"] in UNITS
    assert panel["targets"] and all(PREFIX in target["expr"] for target in panel["targets"])
    assert [problem for target in panel["targets"] for problem in problems(target["expr"])] == []
    for target in panel["targets"]:
        shown = set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
        assert all(label in target["expr"] for label in shown), target
        assert "$instance" in target["expr"]


def test_every_metric_has_its_panel() -> None:
    said = json.dumps(PANELS)
    assert [name for name in METRICS if not re.search(rf"{name}(_bucket|_count|_sum)?\b", said)] == []


def test_the_dashboard_is_one_that_grafana_imports() -> None:
    board = dashboard()
    assert board["schemaVersion"] >= 36 and board["title"] and board["uid"] and len(board["uid"]) <= 40
    ids = [panel["id"] for panel in board["panels"]]
    assert len(set(ids)) == len(ids)
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert at["x"] + at["w"] <= 24 and not cells & taken
        taken |= cells
    assert (PROJECT / DASHBOARD).read_text(encoding="utf-8") == dashboard_file(), "run: python -m engine.documentation"


def test_the_problems_of_a_query_are_seen() -> None:
    good = f'sum by (instance, status) (rate({PREFIX}http_requests_total{{route="/"}}[5m]))'
    assert problems(good) == [] and problems(f"{PREFIX}nothing") == [f"{PREFIX}nothing"]
    assert problems(f"{PREFIX}loop_lag_seconds") and problems(f"{PREFIX}jobs_bucket")
    assert problems(good.replace("status", "user")) == [f"{PREFIX}http_requests_total{{user}}"]


def rules() -> list[dict[str, object]]:
    return [rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_an_alert_asks_for_what_there_is(rule: dict) -> None:  # type: ignore[type-arg]
    assert problems(rule["expr"]) == [] and rule["labels"]["severity"] in ("warning", "critical")
    assert rule["annotations"]["summary"]


def test_promtool_finds_the_rules_good_and_true() -> None:
    tool = shutil.which("promtool")
    if tool is None:
        pytest.skip(wants("promtool"))
    cases = PROJECT / "tests" / "alerts.test.yml"
    for arguments in (["check", "rules", str(ALERTS)], ["test", "rules", cases.name]):
        done = subprocess.run([tool, *arguments], cwd=cases.parent, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    tests = yaml.safe_load(cases.read_text())["tests"]
    tested = {case["alertname"] for test in tests for case in test["alert_rule_test"]}
    assert tested == {rule["alert"] for rule in rules()}
