"""Kubernetes' objects as settings: a Deployment, the Jobs that migrate around it, what they refer to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.deploy.commands import migration_tool
from harness.deploy.given import Reading
from harness.deploy.pod import PodReader
from harness.deploy.serving import AT_BOOT, give_migrations
from harness.deploy.yaml_text import Fields, Table
from harness.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.deploy.given import Given

#: A ``progressDeadlineSeconds`` that stands for none: the largest 32-bit number.
_NO_DEADLINE = 2_147_483_647
_POD_ASIDE = frozenset(
    {
        "affinity",
        "automountServiceAccountToken",
        "dnsConfig",
        "dnsPolicy",
        "enableServiceLinks",
        "imagePullSecrets",
        "nodeName",
        "nodeSelector",
        "os",
        "preemptionPolicy",
        "priority",
        "priorityClassName",
        "restartPolicy",
        "runtimeClassName",
        "schedulerName",
        "securityContext",
        "serviceAccount",
        "serviceAccountName",
        "tolerations",
        "topologySpreadConstraints",
    }
)
#: Hooks that run a Job before an upgrade of the release, and behind it: Helm's and Argo CD's.
_BEFORE = {"pre-upgrade", "pre-install", "PreSync"}
_AFTER = {"post-upgrade", "post-install", "PostSync"}
_INSTALLS = {"pre-install", "post-install"}
_HOOKS = ("helm.sh/hook", "argocd.argoproj.io/hook")


@dataclass(frozen=True)
class Choice:
    """What is meant, where a file has several.

    Args:
        name: Of the Deployment, or the service; None takes the only one.
        container: Of the container in it.
    """

    name: str | None = None
    container: str | None = None


def read_kubernetes(documents: Sequence[Any], file: str, choice: Choice) -> Given:
    """Reads a Deployment and what belongs to it.

    What Kubernetes does where nothing is said holds here too: one replica, 25% above and below, probes' numbers, 30 s
    of grace. Source: Kubernetes, "Deployments", "Writing a Deployment Spec"; Kubernetes API, DeploymentSpec.

    Args:
        documents: Objects, as :func:`harness.deploy.yaml_text.parse_yaml` gives them; lists of objects are taken apart.
        file: Its name.
        choice: Which Deployment and which container.

    Raises:
        SettingsError: There is none, or several and no choice.
    """
    reading = Reading()
    objects = [
        Fields(item, "", reading) for item in _flatten(documents) if isinstance(item, Table) and item.get("kind")
    ]
    deployment = _choose_deployment(objects, file, choice)
    name = _name(deployment)
    stores = {
        (kind, _name(item)): item.fields("stringData" if "stringData" in item else "data")
        for item in objects
        if (kind := item.text("kind")) in {"ConfigMap", "Secret"}
    }
    spec = deployment.fields("spec")
    _read_strategy(spec, objects, name, reading)
    pod = spec.fields("template").fields("spec")
    container = _choose_container(pod, name, choice, file, reading)
    migrates = PodReader(pod, container, stores, reading).read()
    pod.get("containers")
    pod.close(_POD_ASIDE)
    spec.close(frozenset({"selector", "revisionHistoryLimit"}))
    _read_jobs(objects, reading, boots=migrates)
    for item in objects:
        kind = item.text("kind")
        if kind == "Deployment" and item is not deployment:
            reading.leave(
                f"the Deployment {_name(item)} is not rehearsed: it needs settings of its own, see README, Workers",
                item.where,
            )
        elif kind not in {"Deployment", "Job", "ConfigMap", "Secret", "HorizontalPodAutoscaler"}:
            reading.aside.setdefault(f"{kind} {_name(item)}")
    return reading.finish(f"{file} (Deployment {name})")


def serving_deployments(documents: Sequence[Any]) -> list[str]:
    """Names of all Deployments where there are several, those with a container that is asked by network first.

    Args:
        documents: As for :func:`read_kubernetes`.

    Returns:
        None of those that nobody asks, where any is.
    """
    reading = Reading()
    found: dict[str, bool] = {}
    for item in _flatten(documents):
        if isinstance(item, Table) and item.get("kind") == "Deployment":
            deployment = Fields(item, "", reading)
            pod = deployment.fields("spec").fields("template").fields("spec")
            found[_name(deployment)] = any(_is_asked(container) for container in pod.items("containers"))
    if len(found) < 2:  # noqa: PLR2004  one needs no name
        return []
    return [name for name, asked in found.items() if asked] or list(found)


def _is_asked(container: Fields) -> bool:
    probes = [container.fields(name) for name in ("readinessProbe", "livenessProbe", "startupProbe")]
    return "ports" in container or any("httpGet" in probe or "tcpSocket" in probe for probe in probes)


def _flatten(documents: Sequence[Any]) -> list[Any]:
    """Objects, those of a ``kind: List`` among them, as ``kubectl get -o yaml`` prints it."""
    found = []
    for document in documents:
        items = document.get("items") if isinstance(document, Table) else None
        found += items if isinstance(items, list) else [document]
    return found


def _name(item: Fields) -> str:
    return item.fields("metadata").text("name")


def _choose_deployment(objects: Sequence[Fields], file: str, choice: Choice) -> Fields:
    deployments = {_name(item): item for item in objects if item.text("kind") == "Deployment"}
    known = ", ".join(deployments)
    if not deployments:
        kinds = ", ".join(dict.fromkeys(item.text("kind") for item in objects))
        has = f"it has {kinds}" if kinds else "it has no object with a kind"
        raise SettingsError(
            f"{file} has no Deployment ({has}): name the file with the Deployment, or the output of helm template"
        )
    if choice.name is not None and choice.name not in deployments:
        raise SettingsError(f"{file} has no Deployment '{choice.name}' (known: {known}): correct name under [deploy]")
    if choice.name is None and len(deployments) > 1:
        raise SettingsError(
            f'{file} has several Deployments ({known}): say which, by name = "{next(iter(deployments))}" under [deploy]'
        )
    return deployments[choice.name] if choice.name else next(iter(deployments.values()))


def _choose_container(pod: Fields, deployment: str, choice: Choice, file: str, reading: Reading) -> Fields:
    containers = {container.text("name"): container for container in pod.items("containers")}
    known = ", ".join(containers)
    if not containers:
        raise SettingsError(f"{file}: the Deployment {deployment or '(no name)'} has no containers: correct it there")
    if choice.container is not None and choice.container not in containers:
        raise SettingsError(
            f"{file}: the Deployment {deployment} has no container '{choice.container}' (known: {known}): "
            "correct container under [deploy]"
        )
    name = choice.container or (deployment if deployment in containers else next(iter(containers)))
    if choice.container is None and len(containers) > 1 and name != deployment:
        raise SettingsError(
            f"{file}: the Deployment {deployment} has several containers ({known}): say which one serves, by "
            f'container = "{name}" under [deploy]'
        )
    for other, container in containers.items():
        if other != name:
            reading.leave(f"the container {other} is not run beside {name}", container.where)
    return containers[name]


def _read_strategy(spec: Fields, objects: Sequence[Fields], name: str, reading: Reading) -> None:
    """How replicas are replaced (Kubernetes, "Deployments": "Replicas", "Strategy", "Min Ready Seconds").

    An autoscaler's lower bound is how many there are, where the Deployment leaves it to that one. The deadline is 600 s
    where nothing is said, which a rehearsal need not wait: it is taken where it stands in the file.
    """
    replicas, where, note = spec.number("replicas", -1), spec.at("replicas"), ""  # -1: no number, which is told there
    if "replicas" not in spec:
        scaled = [item.fields("spec") for item in objects if item.text("kind") == "HorizontalPodAutoscaler"]
        bound = next((scaler for scaler in scaled if scaler.fields("scaleTargetRef").text("name") == name), None)
        replicas, note = 1, "where nothing is said"
        if bound is not None:
            replicas, where = bound.number("minReplicas", 1), bound.at("minReplicas")
            note = "minReplicas of the HorizontalPodAutoscaler"
    if replicas >= 1:
        reading.give("strategy", "replicas", value=int(replicas), where=where, note=note)
    elif replicas >= 0:
        reading.leave(
            "replicas: 0, and nobody would serve: say replicas = under [strategy]",
            where,
            unless=("strategy", "replicas"),
        )
    strategy = spec.fields("strategy")
    kind = strategy.text("type") or "RollingUpdate"
    where = strategy.at("type")
    if kind not in {"RollingUpdate", "Recreate"}:
        sentence = f"the strategy '{kind}' is none of RollingUpdate and Recreate"
        reading.leave(sentence, where, unless=("strategy", "kind"))
    else:
        value = "recreate" if kind == "Recreate" else "rolling"
        reading.give("strategy", "kind", value=value, where=where)
    if kind == "RollingUpdate":
        update = strategy.fields("rollingUpdate")
        for theirs, ours in (("maxSurge", "max_surge"), ("maxUnavailable", "max_unavailable")):
            _read_share(update, theirs, ours, reading)
        update.close()
    else:
        strategy.get("rollingUpdate")
    strategy.close()
    if "minReadySeconds" in spec:
        seconds = spec.number("minReadySeconds", 0)
        reading.give("strategy", "min_ready_s", value=seconds, where=spec.at("minReadySeconds"))
    deadline = spec.number("progressDeadlineSeconds", _NO_DEADLINE, 1)
    if deadline < _NO_DEADLINE:
        where = spec.at("progressDeadlineSeconds")
        reading.give("strategy", "progress_deadline_s", value=deadline, where=where)


def _read_share(update: Fields, theirs: str, ours: str, reading: Reading) -> None:
    """A number or a percentage; 25% where nothing is said (Kubernetes, "Max Surge", "Max Unavailable")."""
    value = update.text(theirs) or "25%"
    if re.fullmatch(r"\d{1,9}%?", value):
        note = "" if theirs in update else "where nothing is said"
        reading.give("strategy", ours, value=value, where=update.at(theirs), note=note)
    else:
        reading.leave(f"{theirs} is '{value}', neither a number nor a percentage like 25%", update.at(theirs))


def _read_jobs(objects: Sequence[Fields], reading: Reading, *, boots: bool) -> None:
    """When the deployment migrates: by the hook of a Job, or by what runs before each container.

    Helm runs hooks of the kind ``post-upgrade`` once all resources were handed to Kubernetes, which is behind the
    rollout only with ``--wait``. Source: Helm, "Chart Hooks"; Argo CD, "Resource Hooks".

    Args:
        objects: All objects.
        reading: Gets it.
        boots: Whether a container, or one before it, migrates.
    """
    for job in objects:
        if job.text("kind") == "Job":
            _read_job(job, reading)
    if boots:
        first = next(value for value in reading.values.values() if value.path[0] == "release")
        boot = reading.values.get(("release", "boot"), first)
        reading.give("migrations", "when", value="at-boot", where=boot.where, note=AT_BOOT)
    elif ("migrations", "when") not in reading.values:
        reading.leave(
            "no Job with a hook, no init container and no command migrates by what is known here: say when = under "
            "[migrations], which is before",
            objects[0].where,
            unless=("migrations", "when"),
        )


def _read_job(job: Fields, reading: Reading) -> None:
    name, where = _name(job), job.where
    annotations = job.fields("metadata").fields("annotations")
    hooks = {hook.strip() for key in _HOOKS for hook in annotations.text(key).split(",") if hook.strip()}
    containers = job.fields("spec").fields("template").fields("spec").items("containers")
    words = [word for container in containers for key in ("command", "args") for word in container.words(key)]
    command = " ".join(words)
    if not migration_tool(command):
        runs = f"runs '{command[:60]}'" if command else "runs what its image says"
        when = f", {', '.join(sorted(hooks))}" if hooks else ""
        reading.leave(
            f"the Job {name}{when} {runs}, which is no migration that is known: where it migrates, say when = under "
            "[migrations]",
            where,
            unless=("migrations", "when"),
        )
        return
    give_migrations(words, where, reading)
    if hooks & _INSTALLS and not hooks - _INSTALLS:
        reading.leave(
            f"the Job {name} migrates at the first installation alone: it needs the hook pre-upgrade, or post-upgrade",
            where,
        )
    if hooks & _BEFORE:
        when = "before"
    elif hooks & _AFTER:
        when = "after"
    else:
        reading.leave(
            f"the Job {name} migrates, and nothing says when: say when = under [migrations]",
            where,
            unless=("migrations", "when"),
        )
        return
    note = f"the Job {name} is a hook: {', '.join(sorted(hooks))}"
    reading.give("migrations", "when", value=when, where=annotations.where, note=note)
