"""What a release is: code, how to start it, and how to ask whether it is up."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping


class ReleaseName(StrEnum):
    """The two releases of a rehearsal; wherever one is named, an earlier one of a chain has its own name there."""

    OLD = "old"
    NEW = "new"


@dataclass(frozen=True)
class HttpGet:
    """Asks over HTTP; 200 to 399 is success."""

    path: str

    def __str__(self) -> str:
        return f"GET {self.path}"


@dataclass(frozen=True)
class LogLine:
    """Looks for a line that the process has written since it was started, by a regular expression."""

    pattern: str

    def __str__(self) -> str:
        return f"a line of its log like '{self.pattern}'"


@dataclass(frozen=True)
class Command:
    """Runs a command in the process's environment; status 0 is success."""

    command: str

    def __str__(self) -> str:
        return f"the command '{self.command}'"


@dataclass(frozen=True)
class FileThere:
    """Looks for a file below the process's own folder, which is empty when it is started."""

    file: str

    def __str__(self) -> str:
        return f"the file '{self.file}'"


#: How a replica is asked whether it is up.
Ask: TypeAlias = HttpGet | LogLine | Command | FileThere

#: Begins a source that is a package of an index: ``pypi:NAME==VERSION``.
PACKAGE = "pypi:"
#: Begins a source that is a container image: ``image:REF``.
IMAGE = "image:"
#: Begins a source that runs already: ``url:http://127.0.0.1:PORT``.
RUNNING = "url:"


@dataclass(frozen=True, kw_only=True)
class Probe:
    """A health check with Kubernetes' names, defaults and meaning.

    The durations are those of the deployment; a rehearsal waits them scaled by ``Strategy.time_scale``, except for
    the time-out of one request, which the application needs in full.
    Source: Kubernetes, "Configure Liveness, Readiness and Startup Probes".

    Args:
        ask: What is done, and what is success.
        period_s: Seconds between two tries.
        timeout_s: Seconds that one try may take.
        failure_threshold: So many failures in a row, and the probe has failed.
        success_threshold: So many successes in a row, and it holds again.
        initial_delay_s: Seconds before the first try.
    """

    ask: Ask
    period_s: float = 10.0
    timeout_s: float = 1.0
    failure_threshold: int = 3
    success_threshold: int = 1
    initial_delay_s: float = 0.0

    @property
    def patience_s(self) -> float:
        """Seconds from the start of a container until this probe has failed, where it never succeeds.

        Source: Kubernetes, "Configure Liveness, Readiness and Startup Probes", "Protect slow starting containers with
        startup probes": ``failureThreshold * periodSeconds``, begun after ``initialDelaySeconds``.
        """
        return self.initial_delay_s + self.failure_threshold * self.period_s


@dataclass(frozen=True, kw_only=True)
class Environment:
    """How uv makes the virtual environment of a release.

    Args:
        requirements: What is installed besides.
        setup: Command lines that fill it, instead of what the source's own files ask for.
        exclude_newer: A day or a moment (RFC 3339); nothing is installed that was published later.
        python_version: Version of its interpreter; None takes the source's, or that of ``Release.python``.
    """

    requirements: tuple[str, ...] = ()
    setup: tuple[str, ...] = ()
    exclude_newer: str | None = None
    python_version: str | None = None


#: Why such a release is not asked in every place.
NEVER_STARTED = "the old release runs already, and is never started anew"
#: What a rehearsal lacks for that.
NO_COLD = f"no cold old replica: {NEVER_STARTED}"


@dataclass(frozen=True, kw_only=True)
class Running:
    """Where a release runs already, and what it is connected to.

    Args:
        port: Where it listens, on this machine.
        database: The database that it is connected to, which a rehearsal makes under that name.
        role: The role that it logs in as, which is somebody else's.
        revision: Alembic's identifier of the revision that it was built for.
    """

    port: int
    database: str
    role: str
    revision: str


@dataclass(frozen=True, kw_only=True)
class Release:
    """One build of the application's code and the way it is started.

    Args:
        name: ``old`` or ``new``; an earlier release of a chain has the name that it has there.
        source: Where the code comes from: a path, ``git:REF``, ``pypi:NAME==VERSION`` or ``image:REF``; or
            ``url:ADDRESS``.
        folder: Where its code is, relative to the settings' folder, or to what that is in the commit.
        environment: What it is installed into; None leaves it to ``python``.
        serve: The command line that serves; ``{port}`` is the replica's own port. Empty for one that runs already.
        boot: The command line that the deployment runs before ``serve`` at every start, if any.
        boot_apart: Whether that is run in a container of its own, as an init container is, where no probe is asked.
        init: Command lines that make the first database, instead of migrations to the release's head.
        env: Environment variables; ``{user} {password} {host} {port} {database}`` name the database.
        bypass: Variables with which it starts on any schema, tried in cells of their own.
        files: Texts of configuration files, with placeholders, by their path below a process's own folder.
        preload: Modules of libraries that are imported once, in an interpreter that each process is forked from.
        python: The interpreter whose ``bin`` directory is searched first, or that the environment is made with; what it
            is called in an image.
        readiness: May it get traffic?
        liveness: Must it be restarted?
        startup: Has it come up? Until then nobody asks liveness.
        start_timeout_s: Seconds from the start of ``serve`` until it must be ready.
        grace_s: Seconds between SIGTERM and SIGKILL.
        running: Where it runs already; None for one that a rehearsal starts.
    """

    name: str
    source: str
    folder: str = "."
    environment: Environment | None = None
    serve: str
    boot: str | None = None
    boot_apart: bool = False
    init: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    bypass: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    preload: tuple[str, ...] = ()
    python: str | None = None
    readiness: Probe
    liveness: Probe | None = None
    startup: Probe | None = None
    start_timeout_s: float = 30.0
    grace_s: float = 10.0
    running: Running | None = None

    @property
    def templates(self) -> tuple[str, ...]:
        """All of its command lines, and whatever else is filled as they are."""
        asks = [probe.ask for probe in (self.readiness, self.liveness, self.startup) if probe is not None]
        commands = [ask.command for ask in asks if isinstance(ask, Command)]
        files = [ask.file for ask in asks if isinstance(ask, FileThere)]
        return (self.serve, self.boot or "", *self.init, *self.env.values(), *self.bypass.values(), *commands, *files)
