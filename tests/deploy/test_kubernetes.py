"""deploy/kubernetes: every overlay as it would be applied, by schemas, by checkov, and by what the program has."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.cluster.pools import LIGHT, is_pool, pool_for, pools_here
from engine.command import Lane
from engine.settings import Settings
from tests.deploy.kustomize import Resource, containers, documents, identity, merged, rendered
from tests.deploy.linters import DEPLOY, checkov, kubernetes
from tests.deploy.test_containers import accepts, environment, settings_of

FOLDER = DEPLOY / "kubernetes"
OVERLAYS = [FOLDER / "base", *sorted((FOLDER / "overlays").iterdir())]
SECRET = FOLDER / "base" / "secret.example.env"
OF_KEDA = "keda.sh/v1alpha1"
UNFIT = {"CKV_K8S_43": "images are named by whoever builds them, by digest where they wish"}
"""Checks that ask for what cannot be said here, and why."""

overlays = pytest.mark.parametrize("folder", OVERLAYS, ids=lambda folder: folder.name)


def written(folder: Path, target: Path, *, without_keda: bool = True) -> Path:
    """The overlay in one file."""
    found = [each for each in rendered(folder) if not (without_keda and each["apiVersion"] == OF_KEDA)]
    file = target / f"{folder.name}.yaml"
    file.write_text(yaml.safe_dump_all(found))
    return file


def programs(folder: Path) -> Iterator[tuple[Resource, dict[str, Any]]]:
    """Each resource that starts the program, and its container."""
    for resource in rendered(folder):
        for container in containers(resource):
            yield resource, container


def secret() -> dict[str, str]:
    lines = [line for line in SECRET.read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


@overlays
def test_it_keeps_the_schemas(folder: Path, tmp_path: Path) -> None:
    assert kubernetes(written(folder, tmp_path)) == ""


def test_what_is_outside_the_schemas_is_found_out(tmp_path: Path) -> None:
    text = written(FOLDER / "base", tmp_path).read_text()
    (tmp_path / "base.yaml").write_text(text.replace("readOnlyRootFilesystem", "readOnlyRootFileSystem"))
    assert "readOnlyRootFileSystem" in kubernetes(tmp_path / "base.yaml")


def test_checkov_finds_nothing_but_what_cannot_be_said_here(tmp_path: Path) -> None:
    for folder in OVERLAYS:
        written(folder, tmp_path)
    found = checkov(tmp_path, "kubernetes")
    assert sum(name.startswith("Deployment") for name in found) >= 4
    failed = {name: [check for check in checks if check.split()[0] not in UNFIT] for name, checks in found.items()}
    assert {name: checks for name, checks in failed.items() if checks} == {}


@pytest.mark.slow
@pytest.mark.usefixtures("only_full")
def test_a_pod_that_may_too_much_is_found_out(tmp_path: Path) -> None:
    text = written(FOLDER / "base", tmp_path).read_text()
    (tmp_path / "base.yaml").write_text(text.replace("readOnlyRootFilesystem: true", "privileged: true"))
    failed = " ".join(check for checks in checkov(tmp_path, "kubernetes").values() for check in checks)
    assert {"CKV_K8S_16", "CKV_K8S_22"} <= set(failed.split())


@overlays
def test_each_program_is_set_and_started_as_it_can_be(folder: Path) -> None:
    settings = {each["metadata"]["name"]: each["data"] for each in rendered(folder) if each["kind"] == "ConfigMap"}
    assert not settings["audiocraft-webui"].keys() & secret().keys()
    for resource, container in programs(folder):
        image = re.fullmatch(r"registry\.example\.org/audiocraft-webui-(server|node)(-cuda)?:\d+", container["image"])
        assert image, container["image"]
        known = environment(DEPLOY / f"Containerfile.{image[1]}") | settings["audiocraft-webui"]
        filled = {name: value.replace("PASSWORD@HOST", "p@host") or "made" for name, value in secret().items()}
        found = settings_of(known | filled)
        assert found.cluster and found.chosen_async_mode == "threading" and found.database_url and found.storage_url
        names = [next(iter(source.values()))["name"] for source in container["envFrom"]]
        assert names == ["audiocraft-webui", "audiocraft-webui"]
        command = container.get("args", [])
        assert (command == []) == (resource["metadata"]["name"] == "server")
        assert accepts(command) is bool(command)


@overlays
def test_a_node_is_asked_for_the_beat_of_the_processes_that_it_has(folder: Path) -> None:
    for _, container in programs(folder):
        command = container.get("args", [])
        if command[:1] == ["node"]:
            probes = [
                container[name]["exec"]["command"] for name in ("startupProbe", "readinessProbe", "livenessProbe")
            ]
            assert all(probe == [".venv/bin/python", "webui.py", "node", "--check", *command[1:]] for probe in probes)
            assert all(is_pool(word) for word in command[1:] if not word.startswith("--"))


@overlays
def test_names_lead_somewhere(folder: Path) -> None:
    found = rendered(folder)
    identities = [identity(each) for each in found]
    assert len(set(identities)) == len(identities)
    labels = [each["spec"]["template"]["metadata"]["labels"] for each in found if containers(each)]
    for each in found:
        spec = each.get("spec", {})
        selector = spec.get("selector") or spec.get("podSelector") or {}
        wanted = selector.get("matchLabels", selector)
        assert [known for known in ({}, *labels) if wanted.items() <= known.items()], identity(each)
        if target := spec.get("scaleTargetRef"):
            assert ("apps/v1", "Deployment", target["name"]) in identities
    volumes = [volume for each in found if containers(each) for volume in each["spec"]["template"]["spec"]["volumes"]]
    claims = {volume["persistentVolumeClaim"]["claimName"] for volume in volumes if "persistentVolumeClaim" in volume}
    assert {("v1", "PersistentVolumeClaim", claim) for claim in claims} <= set(identities)
    assert all(each["metadata"]["namespace"] == "audiocraft-webui" for each in found if each["kind"] != "Namespace")


@overlays
def test_no_two_scale_the_same(folder: Path) -> None:
    found = rendered(folder)
    scaled = sorted(
        each["spec"]["scaleTargetRef"]["name"] for each in found if "scaleTargetRef" in each.get("spec", {})
    )
    assert scaled == (["node-light", "node-model", "server"] if folder.name == "keda" else ["server"])
    counted = [each["metadata"]["name"] for each in found if "replicas" in each.get("spec", {})]
    assert not set(scaled) & set(counted), "each apply would undo what the autoscaler did"


@overlays
def test_every_pool_has_its_nodes(folder: Path) -> None:
    """Also that in which the jobs of models wait while no node has told of itself."""
    served: set[str] = set()
    for resource, container in programs(folder):
        command = container.get("args", [])
        if command[:1] == ["node"] and resource["spec"].get("replicas") != 0:
            named = [word for word in command[1:] if not word.startswith("--")]
            served.update(named or (LIGHT, *pools_here(Settings(device="cuda"))))
    assert {pool_for(lane, lambda device: 1000, ()) for lane in Lane} <= served


@overlays
def test_a_computer_can_be_emptied(folder: Path) -> None:
    """However few there are of what runs on it."""
    budgets = [each["spec"] for each in rendered(folder) if each["kind"] == "PodDisruptionBudget"]
    assert len(budgets) >= 3 and all(budget.get("maxUnavailable", 0) >= 1 for budget in budgets)


def test_what_scales_nodes_looks_at_their_queue() -> None:
    nodes = {resource["metadata"]["name"]: container["args"] for resource, container in programs(FOLDER / "base")
             if container.get("args", [""])[0] == "node"}  # fmt: skip
    objects = [each for each in rendered(FOLDER / "overlays" / "keda") if each["kind"] == "ScaledObject"]
    queues = {each["spec"]["scaleTargetRef"]["name"]: each["spec"]["triggers"][0]["metadata"] for each in objects}
    assert {name: queue["queueName"] for name, queue in queues.items()} == {n: args[2] for n, args in nodes.items()}
    assert {queue["protocol"] for queue in queues.values()} == {"http"}, "tickets that are held count as well"


def test_no_secret_is_kept_here() -> None:
    kinds = [document["kind"] for path in FOLDER.rglob("*.yaml") for document in documents(path)]
    assert "Deployment" in kinds and "Secret" not in kinds
    assert not [name for name, value in secret().items() if value and "://" not in value]


def test_a_patch_changes_what_it_names_and_nothing_else() -> None:
    value = {"a": 1, "gone": 0, "list": [{"name": "x", "b": 1, "c": 2}, {"name": "y"}], "plain": [1, 2]}
    patch = {"list": [{"name": "x", "b": 3}], "plain": [4], "gone": None}
    assert merged(value, patch) == {"a": 1, "list": [{"name": "x", "b": 3, "c": 2}, {"name": "y"}], "plain": [4]}
