"""The scenarios as their settings describe them: where the migrations are, and what they need to run."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from harness.config import load_chain
from harness.evidence.checks import CHECKS
from harness.model.cell import ROLLOUT
from harness.template import fill

if TYPE_CHECKING:
    from pathlib import Path

    from library.expected import Scenario

    from harness.model.settings import Settings
    from harness.runtime.postgres.server import Server

#: What is said of a scenario whose schema something else moves.
NOT_ALEMBIC = "not Alembic"


@dataclass(frozen=True)
class Subject:
    """One scenario."""

    scenario: Scenario

    @cached_property
    def settings(self) -> Settings:
        """What ``rolldeploy.toml`` says."""
        checks = frozenset(check.name for check in CHECKS)
        chain = load_chain(self.scenario.folder / "rolldeploy.toml", default_name=self.name, checks=checks)
        return next(s for s in chain if s.pair is None or str(s.pair) == self.scenario.pair)

    @property
    def name(self) -> str:
        """The scenario's."""
        return self.scenario.name

    @property
    def is_alembic(self) -> bool:
        """Whether Alembic moves the schema."""
        return self.settings.migrations.command is None

    @property
    def source(self) -> Path:
        """Where the new release is."""
        return (self.scenario.folder / self.settings.new.source).resolve()

    @property
    def ini(self) -> Path:
        """Its ``alembic.ini``."""
        return self.source / self.settings.migrations.alembic

    @property
    def revisions(self) -> tuple[str, ...]:
        """The steps."""
        return tuple(step.revision for step in self.scenario.steps if step.revision != ROLLOUT)

    def environment(self, server: Server, database: str) -> dict[str, str]:
        """Variables as the new release's migrations get them."""
        role = self.settings.app_role.name or server.user
        values = {
            "user": server.user,
            "password": server.password,
            "host": server.host,
            "port": str(server.port),
            "database": database,
            "app_role": role,
        }
        given = {name: fill(text, values) for name, text in self.settings.new.env.items()}
        return {**given, "PYTHONPATH": str(self.source), "PYTHONDONTWRITEBYTECODE": "1"}
