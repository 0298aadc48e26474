"""Waivers and baselines: findings that are known, and why they fail nothing for now."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from harness.model.cell import Status

if TYPE_CHECKING:
    from collections.abc import Collection

#: The file beside the settings, where they name no other.
WAIVERS_NAME = "rolldeploy-waivers.toml"
#: The reason of a waiver that was written by the harness: nobody has said yet why the finding is accepted.
ADOPTED = "adopted"
#: The keys by which a waiver says what it accepts, in the order in which they are told.
MATCH_KEYS = ("step", "actor", "journey", "sqlstate", "check", "finding")


@dataclass(frozen=True, kw_only=True)
class Waiver:
    """A known finding that is accepted. What it does not say of a finding may be anything.

    Args:
        number: Its place in the file, from 1.
        reason: Why it is accepted.
        owner: Who answers for that.
        step: Id or label of a step, ``base`` or ``rollout``; the empty string for any, as in all that follow.
        actor: Who was driven.
        journey: Name of a journey.
        sqlstate: PostgreSQL's code, one of those among the evidence, all of which need a waiver.
        check: Name of a check.
        finding: The finding's id, as reports show it.
        status: ``fail`` or ``transient``, or the empty string.
        until: The last day on which it is accepted, as in ISO 8601, or the empty string.
        until_revision: Id or label of a revision: accepted until the old release has it; or the empty string.
        expired: In the form of ``on 2026-12-31``: since when it is accepted no more; the empty string while it is.
    """

    number: int
    reason: str
    owner: str
    step: str = ""
    actor: str = ""
    journey: str = ""
    sqlstate: str = ""
    check: str = ""
    finding: str = ""
    status: str = ""
    until: str = ""
    until_revision: str = ""
    expired: str = ""

    @property
    def matches_on(self) -> str:
        """What it accepts: ``step 0003, actor old-warm``."""
        return ", ".join(f"{key} {value}" for key in (*MATCH_KEYS, "status") if (value := getattr(self, key)))

    @property
    def end(self) -> str:
        """Until when it is accepted."""
        ends = [self.until] if self.until else []
        ends += [f"{self.until_revision} is deployed"] if self.until_revision else []
        return f"until {' or '.join(ends)}" if ends else "without end"

    @property
    def why(self) -> str:
        """The reason, or that nobody has given one."""
        return "adopted as it was found, and nobody has said why it is accepted" if self.adopted else self.reason

    @property
    def adopted(self) -> bool:
        """Whether the harness wrote it."""
        return self.reason == ADOPTED


@dataclass(frozen=True, kw_only=True)
class Waivers:
    """One file of them.

    Args:
        file: Its path from where pytest was started.
        rehearsals: Names of all rehearsals that its settings have: only all of them can tell that one matches nothing.
        entries: In their order.
    """

    file: str
    rehearsals: tuple[str, ...]
    entries: tuple[Waiver, ...] = ()


@dataclass(frozen=True)
class Known:
    """One thing that went wrong in an earlier report.

    Args:
        id: As reports show it; where a journey shows several things in one cell, each has its own.
        status: ``fail`` or ``transient``: one that failed and recovered does not cover one that lasts.
    """

    id: str
    status: Status


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """What an earlier report of the same rehearsal has.

    Args:
        file: Its path, as it was named.
        found: Whether there is one of this rehearsal.
        known: Its findings.
    """

    file: str
    found: bool = True
    known: tuple[Known, ...] = ()

    def covers(self, parts: Collection[str], status: Status) -> bool:
        """Whether all of a finding was there already, and something of it was no better.

        Args:
            parts: Ids of what it consists of; of two errors, the one that recovered may meet a journey that the lasting
                one breaks, or another one.
            status: ``fail`` or ``transient``.
        """
        worse = {Status.FAIL} if status is Status.FAIL else {Status.FAIL, Status.TRANSIENT}
        mine = [known for known in self.known if known.id in parts]
        return {known.id for known in mine} == set(parts) and any(known.status in worse for known in mine)


class Ruling(StrEnum):
    """What becomes of a finding by waivers and baseline."""

    WAIVED = "waived"
    """A waiver accepts it."""
    KNOWN = "known"
    """The baseline has it."""
    EXPIRED = "expired"
    """A waiver accepted it until a day or a revision that has come: it fails."""


@dataclass(frozen=True, kw_only=True)
class Acceptance:
    """Why a finding fails nothing, or does so again.

    Args:
        ruling: In a word.
        text: In a sentence: who accepts it, until when, why, and where that is written.
        entry: Number of the waiver; None where it is the baseline.
    """

    ruling: Ruling
    text: str
    entry: int | None = None

    @property
    def holds(self) -> bool:
        """Whether the finding fails nothing."""
        return self.ruling is not Ruling.EXPIRED


def expire(waiver: Waiver, today: str, base: frozenset[str]) -> str:
    """Since when a waiver is accepted no more; the empty string while it is.

    Args:
        waiver: Which.
        today: The day, as in ISO 8601.
        base: Ids and labels of all revisions that the old release has.
    """
    if waiver.until and waiver.until < today:
        return f"on {waiver.until}"
    if waiver.until_revision in base:
        return f"with {waiver.until_revision}, which the old release has"
    return ""
