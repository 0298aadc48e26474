"""Looks for the file that a project's deployment is described by, and tries whether it can be read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import msgspec

from harness.deploy.kubernetes import serving_deployments
from harness.errors import SettingsError
from harness.settings_deploy import read_documents, read_given
from harness.settings_tables import DeployTable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.deploy.given import Given, Value
    from harness.init.project import Project

_COMPOSE = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
#: Objects that belong to a Deployment and may stand in a file of their own.
_OBJECTS = re.compile(r"^kind:\s*(Job|ConfigMap|HorizontalPodAutoscaler)\s*$", re.MULTILINE)
#: What a Deployment has that serves, and a worker has not.
_ASKED = re.compile(r"\b(containerPort|httpGet|tcpSocket):")
_DEPLOYMENT = re.compile(r"^kind:\s*Deployment\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Described:
    """A file that describes a deployment.

    Args:
        key: The key of ``[deploy]`` that names it.
        value: Its path, or several.
        given: What it says.
        name: Which Deployment is meant, where there are several.
        others: Those of them that serve too.
    """

    key: str
    value: str | list[str]
    given: Given
    name: str | None = None
    others: tuple[str, ...] = ()


def find_deployment(project: Project, folder: Path) -> tuple[Described | None, list[str]]:
    """The first file that can be read and says how the application is started.

    Args:
        project: Its files.
        folder: Where they are.

    Returns:
        It, and a sentence about each that was passed over.
    """
    passed_over = []
    for table in _candidates(project):
        key, value = next((key, value) for key, value in msgspec.structs.asdict(table).items() if value is not None)
        shown = value if isinstance(value, str) else ", ".join(value)
        others: list[str] = []
        try:
            if key == "from_kubernetes":
                names = [value] if isinstance(value, str) else value
                serving = serving_deployments(read_documents(names, folder, str))
                table.name, others = next(iter(serving), None), serving[1:]
            given = read_given(table, folder, str)
        except SettingsError as error:
            passed_over.append(f"{shown}: {error}")
            continue
        if any(_is_application(item) for item in given.values):
            return Described(key, value, given, table.name, tuple(others)), passed_over
        passed_over.append(f"{shown}: it does not say how the application is started")
    if project.named("Chart.yaml"):
        passed_over.append('a Helm chart: helm template CHART | pytest, with from_kubernetes = "-" under [deploy]')
    return None, passed_over


def _is_application(value: Value) -> bool:
    """Whether a setting tells an application from a server that it needs: a command, or a path for readiness."""
    return value.path == ("release", "serve") or (value.path == ("release", "ready") and "path" in value.value)


def _candidates(project: Project) -> Iterator[DeployTable]:
    """Kubernetes' files first, then a Procfile; docker-compose's are often for development."""
    texts = {path: project.files[path] for path in project.with_suffix(".yaml", ".yml")}
    for path, text in sorted(texts.items(), key=lambda item: not _ASKED.search(item[1])):
        if _DEPLOYMENT.search(text) and "{{" not in text:
            beside = [other for other, its in texts.items() if _is_beside(other, path) and _belongs(its)]
            yield DeployTable(from_kubernetes=[path, *beside] if beside else path)
    if "Procfile" in project.files:
        yield DeployTable(from_procfile="Procfile")
    yield from (DeployTable(from_compose=name) for name in _COMPOSE if name in project.files)


def _is_beside(other: str, path: str) -> bool:
    return PurePosixPath(other).parent == PurePosixPath(path).parent


def _belongs(text: str) -> bool:
    return bool(_OBJECTS.search(text)) and not _DEPLOYMENT.search(text)
