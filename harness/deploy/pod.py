"""The containers of a Kubernetes Pod: commands, variables, hooks, and what runs before them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.deploy.commands import escape, find_port, join_words, migration_tool, read_start
from harness.deploy.probes import Probes
from harness.deploy.serving import give_boot, give_migrations, give_serve
from harness.deploy.variables import Variable, expand, give_variables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.deploy.given import Reading
    from harness.deploy.yaml_text import Fields

#: The kubelet lets a hook that is still running at the end of the grace period have so much more (Kubernetes, "Pod
#: Lifecycle", "Termination of Pods").
_LEAST_GRACE_S = 2.0
_CONTAINER_ASIDE = frozenset(
    {
        "image",
        "imagePullPolicy",
        "resources",
        "resizePolicy",
        "securityContext",
        "terminationMessagePath",
        "terminationMessagePolicy",
        "stdin",
        "tty",
    }
)
#: Folders that begin empty, and that every machine has.
_EVERYWHERE = frozenset({"/tmp", "/var/tmp", "/dev/shm"})  # noqa: S108  nothing is made there

#: Names of the port that requests go to, where a container has others for metrics and the like.
_SERVED = ("http", "web", "api", "app")


class PodReader:
    """Reads what a Pod's template says of its container.

    Args:
        pod: ``spec.template.spec``.
        container: The container that serves.
        stores: ConfigMaps and Secrets of the same file, by kind and name.
        reading: Gets what is understood, and what is not.
    """

    def __init__(
        self, pod: Fields, container: Fields, stores: Mapping[tuple[str, str], Fields], reading: Reading
    ) -> None:
        self._pod = pod
        self._container = container
        self._stores = stores
        self._reading = reading
        self._ports = _ports(container)
        self._variables = self._read_variables(container)

    def read(self) -> bool:
        """Reads all of it; says whether something migrates before the container serves."""
        container = self._container
        words = self.words(container)
        port = self._port() or find_port(words)
        migrates = self._read_before()
        migrates = self._read_command(words, port) or migrates
        Probes(container, self._ports, port, self._reading).read()
        give_variables(self._variables, self._reading, mounts=self._read_mounts(), references=True)
        self._read_hooks()
        container.close(_CONTAINER_ASIDE)
        return migrates

    def words(self, container: Fields) -> list[str]:
        """The command of a container, with variables put in; empty where its image has it.

        ``command`` stands in the place of the image's ENTRYPOINT and ``args`` in that of its CMD. Source: Kubernetes,
        "Define a Command and Arguments for a Container".
        """
        command, args = container.words("command"), container.words("args")
        if not command:
            return []
        known = {**self._variables, **self._read_variables(container)}
        words = []
        for word in [*command, *args]:
            text, missing = expand(word, known)
            if missing:
                names = ", ".join(missing)
                self._reading.leave(f"the command needs {names}, which is not known here", container.at("command"))
            words.append(text)
        return words

    def _port(self) -> int | None:
        """Where the container serves: the port that is named so, or the one that is asked, or the first one."""
        named = [self._ports[name] for name in _SERVED if name in self._ports]
        probe = self._container.fields("readinessProbe")
        asked = probe.fields("httpGet").text("port") or probe.fields("tcpSocket").text("port")
        number = self._ports.get(asked) or (int(asked) if asked.isdecimal() else None)
        return next(iter([*named, *([number] if number else []), *self._ports.values()]), None)

    def _read_command(self, words: list[str], port: int | None) -> bool:
        container = self._container
        if not words:
            why = "args without command" if "args" in container else "no command"
            self._reading.leave(
                f"the container has {why}, so that its image says how it is started: say serve = under [release]",
                container.at("args"),
                unless=("release", "serve"),
            )
            return False
        return give_serve(words, port, container.at("command"), self._reading)

    def _read_before(self) -> bool:
        """Init containers: one that migrates is what ``boot`` is; sidecars and all others are not run."""
        boot, where = [], ""
        for container in self._pod.items("initContainers"):
            name, words = container.text("name"), self.words(container)
            text = " ".join(words)
            if container.text("restartPolicy") == "Always":
                self._reading.leave(f"the sidecar {name} is not run", container.where)
            elif migration_tool(text):
                where = container.at("command")
                try:
                    start = read_start(words)
                except ValueError as error:
                    sentence = f"the command of the init container {name} cannot be read ({error})"
                    self._reading.leave(sentence, where, unless=("release", "boot"))
                    continue
                boot += [*start.boot, join_words([escape(word) for word in start.words])]
                give_migrations(words, where, self._reading)
                for key, variable in self._read_variables(container).items():
                    self._variables.setdefault(key, variable)
            else:
                does = f" ('{text[:60]}')" if text else ""
                self._reading.leave(
                    f"the init container {name}{does} is not run: what is needed goes into boot = under [release]",
                    container.where,
                    unless=("release", "boot"),
                    by_hand=True,
                )
        if boot:
            give_boot(boot, where, self._reading)
            note = "no probe is asked while an init container runs"
            self._reading.give("release", "boot_apart", value=True, where=where, note=note)
        return bool(boot)

    def _read_variables(self, container: Fields) -> dict[str, Variable]:
        """Variables of a container; ``env`` wins over ``envFrom`` (Kubernetes API, Container v1, "envFrom")."""
        found: dict[str, Variable] = {}
        for source in container.items("envFrom"):
            prefix = source.text("prefix")
            for key, kind in (("configMapRef", "ConfigMap"), ("secretRef", "Secret")):
                if key in source:
                    found.update(self._read_store(kind, source.fields(key), prefix))
        for variable in container.items("env"):
            name, place = variable.text("name"), variable.fields("valueFrom")
            if "valueFrom" in variable:
                found[name] = self._read_place(place, variable.where)
            else:
                found[name] = Variable(variable.text("value"), variable.where)
        return found

    def _read_store(self, kind: str, reference: Fields, prefix: str) -> dict[str, Variable]:
        name = reference.text("name")
        data = self._stores.get((kind, name))
        if data is None:
            self._reading.leave(
                f"the variables of the {kind} {name} are not in this file: those that the release needs go under "
                "[release.env]",
                reference.where,
            )
            return {}
        return {f"{prefix}{key}": _stored(kind, name, data, key) for key in data.keys}

    def _read_place(self, place: Fields, where: str) -> Variable:
        for key, kind in (("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")):
            if key in place:
                reference = place.fields(key)
                name, entry = reference.text("name"), reference.text("key")
                data = self._stores.get((kind, name))
                if data is not None and entry in data:
                    return _stored(kind, name, data, entry)
                return Variable(None, where, kept=f"the {kind} {name} ({entry})")
        fields = place.fields("fieldRef").text("fieldPath") or place.fields("resourceFieldRef").text("resource")
        return Variable(None, where, kept=f"what Kubernetes knows of the Pod ({fields})")

    def _read_mounts(self) -> tuple[str, ...]:
        """Folders of volumes, which a rehearsal does not have."""
        volumes = {volume.text("name"): volume for volume in self._pod.items("volumes")}
        mounts = []
        for mount in self._container.items("volumeMounts"):
            path, volume = mount.text("mountPath"), volumes.get(mount.text("name"))
            kinds = [key for key in volume.keys if key != "name"] if volume else []
            if path.rstrip("/") not in _EVERYWHERE:
                self._reading.leave(
                    f"the folder {path} ({', '.join(kinds) or 'volume'}) is not there: see [release.files], {{shared}} "
                    "and {private}",
                    mount.where,
                )
            mounts.append(path)
        if "workingDir" in self._container:
            folder = self._container.text("workingDir")
            mounts.append(folder)
            self._reading.aside.setdefault(f"workingDir {folder} (commands run in the source's own folder)")
        return tuple(mount.rstrip("/") for mount in mounts if mount.strip("/"))

    def _read_hooks(self) -> None:
        """``drain`` and ``grace_s``.

        Whether a Pod is told to stop before or after it left the endpoints is not ordered, unless a ``preStop`` hook
        sleeps; the grace period, 30 s where nothing is said, begins before that hook. Source: Kubernetes, "Container
        Lifecycle Hooks", and "Pod Lifecycle", "Termination of Pods".
        """
        lifecycle = self._container.fields("lifecycle")
        stop, where = lifecycle.fields("preStop"), lifecycle.at("preStop")
        slept = stop.fields("sleep").number("seconds", 0)
        command = " ".join(stop.fields("exec").words("command"))
        slept += sum(float(seconds) for seconds in re.findall(r"\bsleep\s+(\d+(?:\.\d+)?)", command))
        rest = re.sub(r"^(\S*/)?(ba)?sh -\w*c\s+|(\S*/)?\bsleep\s+[\d.]+s?|[;&\s]", "", command)
        if "preStop" in lifecycle and (rest or not slept):
            self._reading.leave("the preStop hook is not run: only its sleep counts", where)
        note = f"a preStop hook sleeps for {slept:g} s" if slept else "no preStop hook sleeps"
        self._reading.give("strategy", "drain", value="before" if slept else "after", where=where, note=note)
        lifecycle.close()
        grace = self._pod.number("terminationGracePeriodSeconds", 30)
        note = "without the sleep of the preStop hook" if slept else ""
        value = max(grace - slept, _LEAST_GRACE_S if slept else 0.0)
        at = self._pod.at("terminationGracePeriodSeconds")
        self._reading.give("release", "grace_s", value=value, where=at, note=note)


def _ports(container: Fields) -> dict[str, int]:
    """Ports of a container, by name; by number where they have none."""
    found = {}
    for port in container.items("ports"):
        number = port.text("containerPort")
        if number.isdecimal():
            found[port.text("name") or number] = int(number)
    return found


def _stored(kind: str, name: str, data: Fields, key: str) -> Variable:
    """A value of a ConfigMap, or of a Secret, which stays one: only where a database is can be seen of it."""
    value = data.text(key)
    if kind == "ConfigMap" or value.startswith("postgres"):
        return Variable(value, data.at(key))
    return Variable(None, data.at(key), kept=f"the {kind} {name} ({key})")
