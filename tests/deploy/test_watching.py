"""What compose.yaml starts to watch the cluster: Prometheus by promtool, Grafana by what it provisions."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from engine.dashboard import dashboard
from tests.deploy.linters import DEPLOY
from tests.deploy.test_compose import SERVICES
from tests.wants import wants

ALERTS = "/etc/prometheus/alerts.yml"
TOKEN = "/run/secrets/metrics_token"


def promtool(config: Path) -> str:
    """What is wrong with a configuration of Prometheus."""
    tool = shutil.which("promtool")
    if tool is None:
        pytest.skip(wants("promtool"))
    done = subprocess.run([tool, "check", "config", str(config)], capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def config(folder: Path) -> Path:
    """Ours, with its files where they lie here."""
    (folder / "token").write_text("token")
    text = (DEPLOY / "compose" / "prometheus.yml").read_text()
    assert ALERTS in text and TOKEN in text
    path = folder / "prometheus.yml"
    path.write_text(text.replace(ALERTS, str(DEPLOY / "alerts.yml")).replace(TOKEN, str(folder / "token")))
    return path


def mounted(service: str) -> dict[str, Path]:
    """Where its files come from, by where it finds them."""
    pairs = [volume.split(":") for volume in SERVICES[service]["volumes"]]
    return {pair[1]: DEPLOY / pair[0] for pair in pairs if pair[0].startswith(".")}


def test_promtool_finds_the_configuration_good(tmp_path: Path) -> None:
    assert promtool(config(tmp_path)) == ""
    assert (
        mounted("prometheus")[ALERTS] == DEPLOY / "alerts.yml" and "metrics_token" in SERVICES["prometheus"]["secrets"]
    )


def test_a_bad_configuration_is_found_out(tmp_path: Path) -> None:
    path = config(tmp_path)
    path.write_text(path.read_text().replace("scrape_interval", "scrape_intervall"))
    assert "scrape_intervall" in promtool(path)


def test_what_is_scraped_are_services_in_a_network_with_prometheus() -> None:
    jobs = yaml.safe_load((DEPLOY / "compose" / "prometheus.yml").read_text())["scrape_configs"]
    names = {job["job_name"]: job for job in jobs}
    assert names["audiocraft-webui"]["dns_sd_configs"][0]["names"] == ["server"], "the alerts name this job"
    assert names["rabbitmq"]["static_configs"] == [{"targets": ["rabbitmq:15692"]}]
    for name in ("server", "rabbitmq"):
        assert set(SERVICES[name]["networks"]) & set(SERVICES["prometheus"]["networks"])


def test_grafana_finds_its_source_and_our_dashboard() -> None:
    places = mounted("grafana")
    provisioning = places["/etc/grafana/provisioning"]
    (source,) = yaml.safe_load((provisioning / "datasources" / "prometheus.yml").read_text())["datasources"]
    assert source["type"] == "prometheus" and source["isDefault"] and source["url"] == "http://prometheus:9090"
    (provider,) = yaml.safe_load((provisioning / "dashboards" / "ours.yml").read_text())["providers"]
    board = places["/etc/grafana/dashboards/dashboard.json"]
    assert provider["options"]["path"] == "/etc/grafana/dashboards" and json.loads(board.read_text()) == dashboard()
