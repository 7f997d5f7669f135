"""deploy/compose.yaml: by its schema, complete, shut where it can be, and naming only what the program has."""

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.cluster.pools import is_pool
from engine.settings import Settings
from tests.deploy.linters import DEPLOY, compose_schema
from tests.deploy.test_containers import accepts, environment, secrets_made, settings_of

TEXT = (DEPLOY / "compose.yaml").read_text()
PROJECT_FILE = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = PROJECT_FILE["services"]
SECRETS: dict[str, dict[str, str]] = PROJECT_FILE["secrets"]
OURS = [name for name, service in SERVICES.items() if service["image"].startswith("audiocraft-webui")]
MAY_WRITE = {"rabbitmq"}
"""Its start-up script writes its own configuration."""
ONCE = {"migrate", "storage-check", "bucket"}
MADE = "made"


def filled(value: str) -> str:
    """With its variables filled in as compose does."""
    return re.sub(r"\$\{(\w+)(?::([-?])([^}]*))?\}", lambda found: found[3] if found[2] == "-" else MADE, value)


def set_for(service: dict[str, Any]) -> Settings:
    """The settings that a service of ours is started with, those of its image below its own."""
    image = environment(DEPLOY / Path(service["build"]["dockerfile"]).name)
    own = {name: filled(value) for name, value in service["environment"].items()}
    return settings_of(image | own)


def test_it_keeps_the_specification() -> None:
    assert compose_schema(PROJECT_FILE) == ""


def test_what_is_outside_the_specification_is_found_out() -> None:
    unknown = {"services": {"one": {"image": "x", "deploy": {"resources": {"limitz": {}}}, "restrat": "always"}}}
    assert "restrat" in compose_schema(unknown) and "limitz" in compose_schema(unknown)
    assert "ports" in compose_schema({"services": {"two": {"image": "x", "ports": "many"}}})


def test_no_secret_has_a_default_and_all_are_made(tmp_path: Path) -> None:
    asked = set(re.findall(r"\$\{(\w+):\?", TEXT))
    optional = set(re.findall(r"\$\{(\w+):-", TEXT))
    assert set(re.findall(r"(?<!\$)\$\{?(\w+)", TEXT)) == asked | optional
    assert optional == {"HTTP_PORT", "TORCH_INDEX_URL"}
    made = secrets_made(tmp_path)
    assert asked == made.keys()
    files = {found[1] for secret in SECRETS.values() if (found := re.fullmatch(r"\./(secrets/\w+)", secret["file"]))}
    assert files == {str(path.relative_to(tmp_path)) for path in (tmp_path / "secrets").iterdir()}
    for name in ("postgres_password", "metrics_token"):
        assert (tmp_path / "secrets" / name).read_text() == made[name.upper()], "whoever asks and who answers agree"


def test_what_is_read_only_has_its_secrets_from_files() -> None:
    """Compose writes others into the container: https://github.com/docker/compose/pull/12531"""
    with_secrets = {name: service["secrets"] for name, service in SERVICES.items() if "secrets" in service}
    assert set(with_secrets) == {"nginx", "postgresql", "prometheus", "grafana"}
    for name in with_secrets.keys() - MAY_WRITE:
        assert [set(SECRETS[secret]) for secret in with_secrets[name]] == [{"file"}] * len(with_secrets[name]), name


def test_uploads_are_not_spooled_in_memory() -> None:
    for name in OURS:
        assert "/tmp" in SERVICES[name]["volumes"] and "tmpfs" not in SERVICES[name], name


def test_grafana_is_asked_where_it_answers() -> None:
    """Below its path alone; all else it sends to the address that browsers use, which nobody in its network reaches."""
    grafana = SERVICES["grafana"]
    assert grafana["environment"]["GF_SERVER_SERVE_FROM_SUB_PATH"] == "true"
    below = filled(grafana["environment"]["GF_SERVER_ROOT_URL"]).removeprefix(f"https://{MADE}")
    assert below == "/grafana/" and grafana["healthcheck"]["test"][-1] == f"http://127.0.0.1:3000{below}api/health"


def test_https_is_where_http_is_sent_to() -> None:
    """Neither the redirect of nginx nor Grafana's links name a port."""
    assert SERVICES["nginx"]["ports"][0] == "443:8443"


@pytest.mark.parametrize("name", OURS)
def test_a_service_of_ours_is_set_and_started_as_the_program_can_be(name: str) -> None:
    service = SERVICES[name]
    settings = set_for(service)
    assert settings.cluster and settings.chosen_async_mode == "threading"
    assert settings.database_url and settings.broker_url and settings.storage_url
    for url in (settings.database_url, settings.broker_url, settings.storage_url.partition("endpoint=")[2]):
        host = re.search(r"//(?:[^@/]*@)?([\w-]+)", url)
        assert host and host[1] in SERVICES and set(SERVICES[host[1]]["networks"]) & set(service["networks"])
    command = service.get("command", [])
    assert accepts(command) is bool(command)
    if command[:1] == ["node"]:
        check = service["healthcheck"]["test"]
        assert check[1:] == [".venv/bin/python", "webui.py", *check[3:]] and accepts(check[3:])
        pools = [after for word, after in pairwise(command) if word == "--pool"]
        assert all(is_pool(pool) for pool in pools)
        assert [word for word in check[4:] if word != "--check"] == [w for p in pools for w in ("--pool", p)]


def test_servers_know_whom_to_believe() -> None:
    settings = set_for(SERVICES["server"])
    assert settings.accounts and settings.proxy_hops == 1 and settings.allowed_hosts == (MADE,)
    assert settings.rate_limit_storage.startswith("redis://") and settings.metrics and settings.metrics_token
    assert SERVICES["server"]["deploy"]["replicas"] == 2


def test_only_nginx_is_reached_from_outside() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["nginx"]
    shut = {name for name, network in PROJECT_FILE["networks"].items() if network.get("internal")}
    assert shut == {"back", "watch"}
    assert {name for name, service in SERVICES.items() if "front" in service.get("networks", ())} == {
        "nginx", "server", "migrate", "storage-check",
    }  # fmt: skip
    for name in ("postgresql", "rabbitmq", "redis", "s3"):
        assert set(SERVICES[name]["networks"]) <= shut


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_shut_and_bounded(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"] and "no-new-privileges:true" in service["security_opt"]
    assert service.get("read_only", False) is (name not in MAY_WRITE) and not service.get("privileged")
    limits = service["deploy"]["resources"]["limits"]
    assert float(limits["cpus"]) > 0 and re.fullmatch(r"\d+[MG]", limits["memory"]) and limits["pids"] > 0
    assert service["restart"] == ("no" if name == "bucket" else "on-failure" if name in ONCE else "unless-stopped")
    assert bool(re.search(r":latest$|^[^:]+$", service["image"])) is (name in OURS)
    if name not in ONCE:
        assert service["healthcheck"]["test"][0] == "CMD" and service["healthcheck"]["interval"]


def test_each_waits_for_what_is_there_and_can_become_so() -> None:
    for name, service in SERVICES.items():
        for other, how in service.get("depends_on", {}).items():
            wanted = "service_completed_successfully" if other in ONCE else "service_healthy"
            assert how == {"condition": wanted}, (name, other)


def test_every_file_and_volume_is_there() -> None:
    mounted = [volume.split(":") for service in SERVICES.values() for volume in service.get("volumes", ())]
    for source, target in ((parts[0], parts[1]) for parts in mounted if len(parts) > 1):
        assert (DEPLOY / source).exists() if source.startswith(".") else source in PROJECT_FILE["volumes"], target
    named = {secret for service in SERVICES.values() for secret in service.get("secrets", ())}
    assert named == set(SECRETS)
