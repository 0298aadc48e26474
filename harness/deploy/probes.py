"""Kubernetes' probes in the form of ``ready`` and ``live``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from harness.deploy.commands import place_port

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.deploy.given import Reading
    from harness.deploy.yaml_text import Fields

#: Tries to connect, as the kubelet does for ``tcpSocket``.
CONNECT = "python -c 'import socket; socket.create_connection((\"127.0.0.1\", {port})).close()'"
#: What is no part of a question: Kubernetes adds ``terminationGracePeriodSeconds`` for a container that is restarted.
_ASIDE = frozenset({"terminationGracePeriodSeconds"})
#: Port and path of a URL of the container's own; the port may be a variable.
_OWN_URL = re.compile(r"http://(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\]):?(\d*|\$\{?PORT[^/\s]*)(/[^\s'\")|&;]*)?")
_SENDS = re.compile(r"\b(curl|wget|urlopen|requests\.get|httpx\.get)\b")


class Probes:
    """Reads the probes of one container.

    Args:
        container: The container.
        ports: Its ports, by name.
        port: The one that it serves at.
        reading: Gets what is understood, and what is not.
    """

    def __init__(self, container: Fields, ports: Mapping[str, int], port: int | None, reading: Reading) -> None:
        self._container = container
        self._ports = ports
        self._port = port
        self._reading = reading

    def read(self) -> None:
        """Gives ``ready``, ``live``, ``startup`` and ``start_timeout_s``.

        A container without a readiness probe is ready once its startup probe succeeded; without that one too, as soon
        as it runs, which a rehearsal cannot do with. A startup probe gives it ``failureThreshold`` times
        ``periodSeconds`` to come up. Source: Kubernetes, "Liveness, Readiness, and Startup Probes", and "Configure
        Liveness, Readiness and Startup Probes", "Protect slow starting containers with startup probes".
        """
        container = self._container
        ready, live = self._probe("readinessProbe"), self._probe("livenessProbe")
        start = self._probe("startupProbe")
        if "startupProbe" in container:
            probe = container.fields("startupProbe")
            seconds = probe.number("failureThreshold", 3, 1) * probe.number("periodSeconds", 10, 1)
            seconds += probe.number("initialDelaySeconds", 0)
            where, note = container.at("startupProbe"), "failureThreshold times periodSeconds of the startup probe"
            self._reading.give("release", "start_timeout_s", value=seconds, where=where, note=note)
            if start:
                note = "asked where a replica migrates at boot; readiness says here when it has come up"
                self._reading.give("release", "startup", value=start, where=where, note=note)
        if ready:
            self._reading.give("release", "ready", value=ready, where=container.at("readinessProbe"))
        elif start and "readinessProbe" not in container:
            note = "no readinessProbe: ready once the startup probe succeeded"
            self._reading.give("release", "ready", value=start, where=container.at("startupProbe"), note=note)
        elif "readinessProbe" not in container:
            self._reading.leave(
                "there is no readinessProbe: Kubernetes sends requests as soon as the container runs; "
                'say how it is known to serve, e.g. ready = "/readyz" under [release]',
                container.where,
                unless=("release", "ready"),
            )
        if live:
            self._reading.give("release", "live", value=live, where=container.at("livenessProbe"))

    def _probe(self, name: str) -> dict[str, Any] | None:
        """A probe as a table, without what is Kubernetes' default there and here."""
        if name not in self._container:
            return None
        probe = self._container.fields(name)
        ask = self._ask(probe, name)
        given: dict[str, Any] = dict(ask or {})
        for key, ours, default, least in (
            ("periodSeconds", "period_s", 10, 1),
            ("timeoutSeconds", "timeout_s", 1, 1),
            ("failureThreshold", "failure_threshold", 3, 1),
            ("successThreshold", "success_threshold", 1, 1),
            ("initialDelaySeconds", "initial_delay_s", 0, 0),
        ):
            number = probe.number(key, default, least)
            if number != default:
                given[ours] = number
        probe.close(_ASIDE)
        return given if ask else None

    def _ask(self, probe: Fields, name: str) -> dict[str, str] | None:
        key = {"readinessProbe": "ready", "livenessProbe": "live", "startupProbe": "startup"}[name]

        def leave(sentence: str, at: str) -> None:
            self._reading.leave(
                f"{name} {sentence}: say {key} = under [release]", probe.at(at), unless=("release", key)
            )

        if "httpGet" in probe:
            get = probe.fields("httpGet")
            scheme, headers, path = get.text("scheme") or "HTTP", get.get("httpHeaders"), get.text("path") or "/"
            if not self._is_served(get):
                leave(f"asks another port ({get.text('port')}) than the one that is served", "httpGet")
                return None
            if scheme.upper() != "HTTP":
                leave(f"asks by {scheme}, and replicas are asked by HTTP", "httpGet")
                return None
            if headers:
                self._reading.leave(f"{name} sends httpHeaders: it is asked without them", get.at("httpHeaders"))
            get.get("host")
            get.close()
            return {"path": path if path.startswith("/") else f"/{path}"}
        if "exec" in probe:
            words = probe.fields("exec").words("command")
            if words:
                return ask_by_command(words, self._port)
        if "tcpSocket" in probe and self._is_served(probe.fields("tcpSocket")):
            return {"command": CONNECT}
        kinds = [kind for kind in ("tcpSocket", "exec", "grpc") if kind in probe and probe.get(kind) is not None]
        leave(f"asks in a way that is not understood ({', '.join(kinds) or 'it has no question'})", name)
        return None

    def _is_served(self, ask: Fields) -> bool:
        """Whether a question goes to the port that requests go to."""
        port = ask.text("port")
        number = self._ports.get(port) or (int(port) if port.isdecimal() else None)
        return number is not None and number == self._port


def ask_by_command(words: Sequence[str], port: int | None) -> dict[str, str]:
    """A question that is asked by a command; one that sends a GET request to the container itself is asked without it.

    Args:
        words: The command.
        port: Where the container listens, if that is known.
    """
    text = " ".join(words)
    url = _OWN_URL.search(text)
    if url and _SENDS.search(text) and (not url[1].isdecimal() or int(url[1]) == port):
        return {"path": url[2] or "/"}
    return {"command": place_port(words, port)[0]}
