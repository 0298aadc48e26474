"""What a deployment's own file says, in the keys of ``rolldeploy.toml``, and what of it means nothing here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

#: Names of tables and a key, as in ``rolldeploy.toml``.
KeyPath: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Value:
    """One setting that was read.

    Args:
        path: Its key, e.g. ``("strategy", "replicas")``.
        value: As ``rolldeploy.toml`` would have it.
        where: File and line.
        note: What was made of it, where it is not taken as it stands there.
    """

    path: KeyPath
    value: Any
    where: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Open:
    """Something that may matter and could not be understood.

    Args:
        sentence: What it is, and what to do.
        where: File and line.
        unless: A key that answers it: where ``rolldeploy.toml`` has it, nothing is open.
        by_hand: Whether it is not answered where the same file gives that key.
    """

    sentence: str
    where: str
    unless: KeyPath | None = None
    by_hand: bool = False


@dataclass(frozen=True, kw_only=True)
class Given:
    """All that one file says.

    Args:
        what: The file, and what of it was read: ``deploy.yaml (Deployment web)``.
        values: Settings, each key once.
        open: What was not understood.
        aside: What is no part of a rehearsal, by its names there: images, resources, labels.
    """

    what: str
    values: tuple[Value, ...]
    open: tuple[Open, ...] = ()
    aside: tuple[str, ...] = ()


@dataclass
class Reading:
    """Collects, while a file is read."""

    values: dict[KeyPath, Value] = field(default_factory=dict)
    open: dict[Open, None] = field(default_factory=dict)
    aside: dict[str, None] = field(default_factory=dict)

    def give(self, *path: str, value: Any, where: str, note: str = "") -> None:
        """Keeps a setting; the first word on a key stands."""
        self.values.setdefault(path, Value(path=path, value=value, where=where, note=note))

    def leave(self, sentence: str, where: str, unless: KeyPath | None = None, *, by_hand: bool = False) -> None:
        """Keeps what was not understood."""
        self.open.setdefault(Open(sentence=sentence, where=where, unless=unless, by_hand=by_hand))

    def finish(self, what: str) -> Given:
        """All of it."""
        return Given(what=what, values=tuple(self.values.values()), open=tuple(self.open), aside=tuple(self.aside))
