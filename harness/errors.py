"""The exceptions that the harness raises, and whose fault each of them is.

::

    RolldeployError
    ├── ScenarioError      the user's settings, sources or journeys are wrong; says what to change
    │   ├── SettingsError      rolldeploy.toml, its keys and values
    │   ├── SourceError        a release's code cannot be had
    │   ├── MigrationError     Alembic's history cannot be read or walked
    │   └── ReleaseError       a release does not start
    │       └── ControlError       journeys that cannot be used: they fail before anything was changed
    └── HarnessError       the machine or the harness itself: no server, no docker, a lost process
        ├── EngineError        no Docker engine answers, or it cannot get an image
        └── PostgresError      no PostgreSQL server can be had, or it refuses what a rehearsal needs

A *finding* (the application is unsafe) is not an exception: it is data, in ``harness.model.finding``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class RolldeployError(Exception):
    """Base of all errors that the harness raises on purpose; its text is one sentence with cause and remedy."""

    def retold(self, tell: Callable[[str], str]) -> Self:
        """The same error with other words.

        Args:
            tell: Makes them, as one that takes secrets out.
        """
        return type(self)(tell(str(self)))


class ScenarioError(RolldeployError):
    """The user's settings, sources or journeys are wrong."""


class SettingsError(ScenarioError):
    """A key or a value in the settings is wrong; the text names file, line and the nearest known key."""


class SourceError(ScenarioError):
    """A release's code cannot be had: no such path, commit or repository."""


class MigrationError(ScenarioError):
    """The migration history cannot be read, or has no order that can be walked."""


class ReleaseError(ScenarioError):
    """A release does not become ready, or a journey fails in the control run, where nothing was changed yet."""


class ControlError(ReleaseError):
    """Journeys that cannot be used.

    Args:
        said: What is wrong with each of them, by its name.
    """

    def __init__(self, said: Mapping[str, str]) -> None:
        head = () if len(said) == 1 else (f"{len(said)} journeys fail in the control run: {', '.join(said)}",)
        super().__init__("\n".join([*head, *said.values()]))
        self.said = dict(said)

    def retold(self, tell: Callable[[str], str]) -> Self:
        """The same error with other words."""
        return type(self)({journey: tell(text) for journey, text in self.said.items()})


class HarnessError(RolldeployError):
    """The machine or the harness itself failed; says which evidence was kept."""


class EngineError(HarnessError):
    """No Docker engine answers, or it cannot get an image."""


class PostgresError(HarnessError):
    """No PostgreSQL server can be had, or it refuses what a rehearsal needs."""
