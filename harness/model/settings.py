"""The settings of a rehearsal, as read from ``rolldeploy.toml``, in the form that the planner and the runner use."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.model.cell import Status  # noqa: TC001  msgspec resolves the annotations when a journal is read
from harness.model.rollout import Strategy, When

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from harness.model.release import Release
    from harness.model.task import Task


#: Begins the place of an ``alembic.ini`` in a package that is installed: ``package:app/migrations/alembic.ini``.
IN_PACKAGE = "package:"


@dataclass(frozen=True, kw_only=True)
class Migrations:
    """How the schema moves.

    Args:
        alembic: Path of ``alembic.ini`` below the release's source, or ``package:NAME/PATH`` in a package.
        section: Its section.
        target: ``head``, or ``heads`` where the history is meant to have several.
        x: Arguments that ``alembic -x`` would get.
        url: Template for ``sqlalchemy.url``; None leaves it to the release's ``env``.
        when: When the deployment runs them.
        after: Those that it runs after the code nevertheless, by id or label.
        steps: Identifiers of the steps where Alembic cannot be asked for them.
        command: Command line that moves the schema to ``{revision}``, instead of Alembic.
        sql: Folder of plain SQL files below each release's source, instead of Alembic.
        python: ``module:function`` of each release, which is called with the name of a step, instead of Alembic.
        django: Path of ``manage.py`` below each release's source: its migrations are Django's, not Alembic's.
        version_tables: Where ``command`` or ``python`` writes down what it did: no data of the application.
    """

    alembic: str = "alembic.ini"
    section: str = "alembic"
    target: str = "head"
    x: tuple[str, ...] = ()
    url: str | None = None
    when: When = When.BEFORE
    after: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    command: str | None = None
    sql: str | None = None
    python: str | None = None
    django: str | None = None
    version_tables: tuple[str, ...] = ()

    @property
    def by_one_call(self) -> bool:
        """Whether one call makes all steps up to one, as a deployment does it; else each step is a call of its own."""
        ways = (self.command, self.sql, self.python, self.django)
        return self.target != "heads" and all(way is None for way in ways)

    def can_be_killed(self, *, plain: bool) -> bool:
        """Whether a migration can be killed at a chosen point.

        Args:
            plain: Whether PostgreSQL takes connections without TLS: of a program of the user's own nothing is known but
                what it says there.
        """
        return plain or (self.command is None and self.python is None)


@dataclass(frozen=True, kw_only=True)
class AppRole:
    """Whom replicas act as in the database.

    Args:
        restricted: Whether it is a role with rights on rows alone; else it is the owner of the tables.
        name: Its name, where migrations grant to it by name; None leaves it to the rehearsal.
    """

    restricted: bool = False
    name: str | None = None


#: Replicas own the tables, as most applications do.
OWNER = AppRole()


@dataclass(frozen=True, kw_only=True)
class Load:
    """What is sent in the background while migrations run.

    Args:
        clients: How many send requests side by side; 0 turns it off.
        rate_per_s: Segments of journeys a second, over all clients.
        seed: Draws the order of journeys and the pauses.
        long_transaction_s: For how long a transaction is held open beside each migration; 0 for none.
    """

    clients: int = 4
    rate_per_s: float = 20.0
    seed: int = 0
    long_transaction_s: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Exploration:
    """How long rollouts are searched for one that fails.

    Args:
        max_examples: So many schedules are tried at most.
        max_steps: The longest is drawn from so many wishes.
        budget_s: Seconds after which no more are tried.
        seed: Chooses the schedules.
        disturbances: Names of those that may come; None for all.
        drift: Whether what is read is compared with what the old and the new release alone read.
        ignore: Keys in answers whose values are not compared so.
    """

    max_examples: int = 500
    max_steps: int = 20
    budget_s: float = 300.0
    seed: int = 0
    disturbances: tuple[str, ...] | None = None
    drift: bool = True
    ignore: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two releases of a chain that follow one another, and those before them.

    Args:
        earlier: The releases before the old one, the oldest first.
        old: Name of the old release in the chain.
        new: Name of the new one.
    """

    earlier: tuple[Release, ...]
    old: str
    new: str

    def __str__(self) -> str:
        """As in reports and item ids; ``pytest -k`` takes it as it is."""
        return f"{self.old}..{self.new}"

    @property
    def names(self) -> tuple[str, ...]:
        """The releases of the chain up to the new one, the oldest first."""
        return (*(release.name for release in self.earlier), self.old, self.new)


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long what a journey does may take.

    Args:
        request_s: Seconds for one request.
        segment_s: Seconds from one ``yield`` to the next, behind which it sends no more requests.
    """

    request_s: float = 10.0
    segment_s: float = 60.0


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What a scenario expects of one cell.

    Args:
        step: A revision's id or label, ``rollout``, or ``*`` for every step.
        actor: Who is driven.
        reason: Why that is known and accepted.
        status: ``fail`` or ``transient``, and None takes either; or ``untested``.
        sqlstates: PostgreSQL's codes, of which the evidence has some and no other; none where any will do.
        pair: The pair of a chain that it was written for, before the step; the empty string where none was named.
    """

    step: str
    actor: str
    reason: str
    status: Status | None = None
    sqlstates: tuple[str, ...] = ()
    pair: str = ""

    @property
    def heading(self) -> str:
        """What stands in the brackets of its table in the settings."""
        return f'expect."{self.pair}{"-" if self.pair else ""}{self.step}"'


@dataclass(frozen=True, kw_only=True)
class ReadFrom:
    """What was read from the file that the deployment is described by.

    Args:
        what: The file, and what of it was read.
        read: Settings, a line each.
        open: What was not understood, a sentence each.
        aside: What is no part of a rehearsal, by its names there.
    """

    what: str
    read: tuple[str, ...]
    open: tuple[str, ...]
    aside: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All of them.

    Args:
        name: Name of the rehearsal in reports.
        path: The file that they were read from.
        old: The release that is being replaced.
        new: The release that replaces it.
        migrations: How the schema moves.
        strategy: How replicas are replaced.
        seed: SQL file that is loaded into the first database, if any.
        statements: File of statements that production sends, if any.
        waivers: File of findings that are accepted; None for the one beside the settings, which need not be there.
        patience: How long what a journey does may take.
        background_s: Seconds for which the old fleet is left alone behind each step, to see its background work.
        image: PostgreSQL's image for the container provider.
        postgres: Provider, where the command line names none.
        app_role: Whom replicas act as in the database.
        roles: Names of further roles that migrations name.
        load: What is sent in the background while migrations run.
        kill_migrator: Whether the migrator is killed half-way through each step, and run again.
        lock_wait_budget_ms: Milliseconds for which a request may wait for a lock that a migration holds.
        expect: Cells that are known to fail.
        all_met: Whether a step fails that no journey meets.
        tasks: One-off tasks, in the order in which those of one point are run.
        explore: How long rollouts are searched for one that fails, where that is asked for.
        pair: Where in a chain the two releases stand; None where there is no chain.
        read_from: What was read from the deployment's own file, if one is named.
    """

    name: str
    path: Path
    old: Release
    new: Release
    migrations: Migrations = field(default_factory=Migrations)
    strategy: Strategy = field(default_factory=Strategy)
    seed: str | None = None
    statements: str | None = None
    waivers: str | None = None
    patience: Patience = field(default_factory=Patience)
    background_s: float = 0.3
    image: str = "postgres:17"
    postgres: str = "auto"
    app_role: AppRole = OWNER
    roles: tuple[str, ...] = ()
    load: Load = field(default_factory=Load)
    kill_migrator: bool = True
    lock_wait_budget_ms: float = 200.0
    expect: tuple[Expected, ...] = ()
    all_met: bool = False
    tasks: tuple[Task, ...] = ()
    explore: Exploration = field(default_factory=Exploration)
    pair: Pair | None = None

    @property
    def earlier(self) -> tuple[Release, ...]:
        """The releases of the chain before the old one, the oldest first."""
        return self.pair.earlier if self.pair is not None else ()

    read_from: ReadFrom | None = None

    @property
    def releases(self) -> Mapping[str, Release]:
        """Both releases by name."""
        return {"old": self.old, "new": self.new}
