"""The tables of a settings file and their keys, as data: what ``msgspec`` checks, and what the reference lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeAlias

import msgspec

from harness.model.release import ReleaseName
from harness.model.rollout import Drain, Kind, When
from harness.model.settings import Patience
from harness.model.task import Point

if TYPE_CHECKING:
    from collections.abc import Mapping

#: One day in seconds: nothing here takes longer, and ``inf`` cannot be waited.
_MOST = 86_400.0
#: More threads than this measure each other.
_MOST_CLIENTS = 64
#: A request gives up after 10 s by default, and a migration without a time-out of its own after 15 s.
_LONGEST_TRANSACTION_S = 10.0
_Positive: TypeAlias = Annotated[float, msgspec.Meta(gt=0, le=_MOST)]
_NotNegative: TypeAlias = Annotated[float, msgspec.Meta(ge=0, le=_MOST)]
_Threshold: TypeAlias = Annotated[int, msgspec.Meta(ge=1)]


class ProbeTable(msgspec.Struct, forbid_unknown_fields=True):
    """Keys of ``ready``, ``live`` and ``startup``."""

    path: str | None = None
    log: str | None = None
    command: str | None = None
    file: str | None = None
    period_s: _Positive | None = None
    timeout_s: _Positive | None = None
    failure_threshold: _Threshold | None = None
    success_threshold: _Threshold | None = None
    initial_delay_s: _NotNegative | None = None


class ReleaseTable(msgspec.Struct, forbid_unknown_fields=True):
    """Keys of ``[release]``, ``[old]`` and ``[new]``; the last two override the first."""

    source: str | None = None
    folder: str | None = None
    serve: str | None = None
    boot: str | None = None
    boot_apart: bool | None = None
    init: list[str] | None = None
    ready: str | ProbeTable | None = None
    live: str | ProbeTable | None = None
    startup: str | ProbeTable | None = None
    env: dict[str, str] = {}
    bypass: dict[str, str] = {}
    files: dict[str, str] = {}
    preload: list[str] | None = None
    python: str | None = None
    environment: str | None = None
    setup: list[str] | None = None
    requirements: list[str] | None = None
    exclude_newer: str | None = None
    python_version: str | None = None
    start_timeout_s: _Positive | None = None
    grace_s: _NotNegative | None = None


class OldTable(ReleaseTable, forbid_unknown_fields=True):
    """Keys of ``[old]``: the last ones say what a release that runs already is connected to."""

    database: str | None = None
    role: str | None = None
    revision: str | None = None


class ChainTable(ReleaseTable, forbid_unknown_fields=True):
    """Keys of ``[[chain]]``, a release of several that follow one another; they override ``[release]`` too."""

    name: str | None = None


class MigrationsTable(msgspec.Struct, forbid_unknown_fields=True):
    """Keys of ``[migrations]``."""

    alembic: str = "alembic.ini"
    section: str = "alembic"
    target: str = "head"
    x: list[str] = []
    url: str | None = None
    when: str = When.BEFORE
    after: list[str] = []
    steps: list[str] = []
    command: str | None = None
    sql: str | None = None
    python: str | None = None
    django: str | None = None
    version_table: str | list[str] | None = None


class DeployTable(msgspec.Struct, forbid_unknown_fields=True):
    """Keys of ``[deploy]``."""

    from_kubernetes: str | list[str] | None = None
    from_procfile: str | None = None
    from_compose: str | None = None
    name: str | None = None
    container: str | None = None


class StrategyTable(msgspec.Struct, forbid_unknown_fields=True):
    """Keys of ``[strategy]``."""

    kind: str = Kind.ROLLING
    replicas: int = 2
    max_surge: int | str = "25%"
    max_unavailable: int | str = "25%"
    canary: int | str = 1
    min_ready_s: _NotNegative = 0.0
    progress_deadline_s: _Positive | None = None
    drain: str = Drain.BEFORE
    time_scale: _Positive = 0.01
    ports: str = "20000-29999"


class DatabaseTable(msgspec.Struct, forbid_unknown_fields=True):
    """Keys of ``[database]``."""

    postgres: str = "auto"
    image: str = "postgres:17"
    seed: str | None = None
    statements: str | None = None
    app_role: str = "owner"
    roles: list[str] = msgspec.field(default_factory=list)


class JourneysTable(msgspec.Struct, forbid_unknown_fields=True):
    """Keys of ``[journeys]``."""

    request_timeout_s: _Positive = 10.0
    segment_timeout_s: _Positive = 60.0
    background_s: _NotNegative = 0.3
    untested: str = "skip"

    @property
    def patience(self) -> Patience:
        """How long what a journey does may take."""
        return Patience(request_s=self.request_timeout_s, segment_s=self.segment_timeout_s)


class TrafficTable(msgspec.Struct, forbid_unknown_fields=True):
    """Keys of ``[traffic]``."""

    clients: Annotated[int, msgspec.Meta(ge=0, le=_MOST_CLIENTS)] = 4
    rate_per_s: Annotated[float, msgspec.Meta(gt=0, le=1000)] = 20.0
    seed: int = 0


class ChecksTable(msgspec.Struct, forbid_unknown_fields=True):
    """Keys of ``[checks]``."""

    lock_wait_budget_ms: Annotated[float, msgspec.Meta(ge=0, le=_MOST * 1000)] = 200.0


class DisturbancesTable(msgspec.Struct, forbid_unknown_fields=True):
    """Keys of ``[disturbances]``."""

    kill_migrator: bool = True
    long_transaction_s: Annotated[float, msgspec.Meta(ge=0, le=_LONGEST_TRANSACTION_S)] = 0.0


class ExploreTable(msgspec.Struct, forbid_unknown_fields=True):
    """Keys of ``[explore]``."""

    max_examples: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 500
    max_steps: Annotated[int, msgspec.Meta(ge=2, le=200)] = 20
    budget_s: _Positive = 300.0
    seed: Annotated[int, msgspec.Meta(ge=0)] = 0
    disturbances: list[str] | None = None
    drift: bool = True
    ignore: list[str] = []


class TaskTable(msgspec.Struct, forbid_unknown_fields=True):
    """Keys of each ``[[task]]``."""

    name: str
    command: str
    params: dict[str, str | int | float] = {}
    release: str = ReleaseName.NEW
    when: str = Point.AFTER_ROLLOUT
    step: str = ""
    timeout_s: _Positive = 600.0


class ExpectedTable(msgspec.Struct, forbid_unknown_fields=True):
    """What ``[expect]`` says of one cell."""

    reason: str
    status: str | None = None
    sqlstate: str | tuple[str, ...] = ()


class SettingsFile(msgspec.Struct, forbid_unknown_fields=True):
    """The whole file."""

    name: str | None = None
    waivers: str | None = None
    release: ReleaseTable = msgspec.field(default_factory=ReleaseTable)
    old: OldTable = msgspec.field(default_factory=OldTable)
    new: ReleaseTable = msgspec.field(default_factory=ReleaseTable)
    chain: list[ChainTable] = []
    migrations: MigrationsTable = msgspec.field(default_factory=MigrationsTable)
    deploy: DeployTable = msgspec.field(default_factory=DeployTable)
    strategy: StrategyTable = msgspec.field(default_factory=StrategyTable)
    database: DatabaseTable = msgspec.field(default_factory=DatabaseTable)
    journeys: JourneysTable = msgspec.field(default_factory=JourneysTable)
    traffic: TrafficTable = msgspec.field(default_factory=TrafficTable)
    checks: ChecksTable = msgspec.field(default_factory=ChecksTable)
    disturbances: DisturbancesTable = msgspec.field(default_factory=DisturbancesTable)
    explore: ExploreTable = msgspec.field(default_factory=ExploreTable)
    task: list[TaskTable] = []
    expect: dict[str, dict[str, str | ExpectedTable]] = {}


#: Every table and its keys, for the reference in the documentation and the test that holds them together.
TABLES: Mapping[str, type[msgspec.Struct]] = {
    "release": ReleaseTable,
    "old": OldTable,
    "new": ReleaseTable,
    "chain": ChainTable,
    "migrations": MigrationsTable,
    "deploy": DeployTable,
    "strategy": StrategyTable,
    "database": DatabaseTable,
    "journeys": JourneysTable,
    "traffic": TrafficTable,
    "checks": ChecksTable,
    "disturbances": DisturbancesTable,
    "explore": ExploreTable,
    "task": TaskTable,
}
