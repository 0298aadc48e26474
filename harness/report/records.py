"""Smaller parts of the document, each of which says what it says by itself."""

from __future__ import annotations

import msgspec

from harness.model.waiver import Waiver  # noqa: TC001  msgspec resolves the annotations


class StateRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What became of the requests of one state, while replicas were replaced."""

    state: str
    requests: int
    lost: int
    unserved: int
    errors: int
    slowest_ms: float
    duration_s: float


class TaskRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One one-off task: what it did where it was run once, and how long it took by itself and beside traffic."""

    task: str
    point: str
    alone_s: float
    beside_s: float | None
    requests: int
    lost: int
    slowest_ms: float
    written: tuple[tuple[str, int], ...]
    statements: int | None
    output: tuple[str, ...]


class CountRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much was done."""

    replicas: int
    requests: int
    migrations: int
    duration_s: float


class WaiverRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One waiver, and how many findings it is meant for that would fail without it."""

    waiver: Waiver
    matched: int


class WaiversRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file of waivers, and all rehearsals that share it."""

    file: str
    rehearsals: tuple[str, ...]
    entries: tuple[WaiverRecord, ...]


class BaselineRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The earlier report: how many findings it has, and how many of them are gone; None where not all was looked at."""

    file: str
    found: bool
    known: int
    gone: int | None
