"""The step of a plan that only a chain of releases needs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class AdvanceDatabase:
    """Brings a database nearer to the head of a release of a chain, by that one's migrations.

    Args:
        database: Its name.
        release: Whose migrations are run.
        revisions: Their ids, in order.
    """

    database: str
    release: str
    revisions: tuple[str, ...]
