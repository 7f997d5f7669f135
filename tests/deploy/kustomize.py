"""What `kubectl apply -k` would send, for kustomizations that use no more than ours do.

The merge: https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/
"""

from pathlib import Path
from typing import Any

import yaml

Resource = dict[str, Any]

KNOWN = {"apiVersion", "kind", "namespace", "resources", "patches", "images"}
EVERYWHERE = {"Namespace"}
"""Kinds that lie in no namespace."""


def documents(path: Path) -> list[Resource]:
    return [document for document in yaml.safe_load_all(path.read_text(encoding="utf-8")) if document]


def rendered(folder: Path) -> list[Resource]:
    """All resources of the kustomization in a folder."""
    said = documents(folder / "kustomization.yaml")[0]
    assert set(said) <= KNOWN, set(said) - KNOWN
    found: list[Resource] = []
    for name in said["resources"]:
        path = folder / name
        found += rendered(path) if path.is_dir() else documents(path)
    for patch in (patch for entry in said.get("patches", ()) for patch in documents(folder / entry["path"])):
        target = next(resource for resource in found if identity(resource) == identity(patch))
        found[found.index(target)] = merged(target, patch)
    for resource in found:
        if resource["kind"] not in EVERYWHERE:
            resource["metadata"]["namespace"] = said["namespace"]
        for container in containers(resource):
            for image in said.get("images", ()):
                if container["image"] == image["name"]:
                    container["image"] = f"{image['newName']}:{image['newTag']}"
    return found


def identity(resource: Resource) -> tuple[str, str, str]:
    return resource["apiVersion"], resource["kind"], resource["metadata"]["name"]


def containers(resource: Resource) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = resource.get("spec", {}).get("template", {}).get("spec", {}).get("containers", [])
    return found


def merged(value: Any, patch: Any) -> Any:
    """Objects by their fields, of which null takes one away; lists of named objects by their names; all else is
    replaced."""
    if isinstance(value, dict) and isinstance(patch, dict):
        fields = value | {name: merged(value.get(name), part) for name, part in patch.items()}
        return {name: part for name, part in fields.items() if part is not None}
    if isinstance(value, list) and isinstance(patch, list) and all(_is_named(part) for part in (*value, *patch)):
        parts = {part["name"]: part for part in value}
        return list((parts | {part["name"]: merged(parts.get(part["name"]), part) for part in patch}).values())
    return patch


def _is_named(part: Any) -> bool:
    return isinstance(part, dict) and "name" in part
