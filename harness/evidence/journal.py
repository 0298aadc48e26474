"""The journal: every event as one line of JSON, so that a finished run can be judged again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import msgspec

from harness.errors import ScenarioError
from harness.model.events import Event
from harness.plan.codec import from_builtins, to_builtins

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

#: Version of the journal's format; changes with it.
JOURNAL_FORMAT = 3
#: Name of the file in a report's folder.
JOURNAL_NAME = "events.ndjson"


def write_journal(path: Path, events: Iterable[Event]) -> None:
    """Writes all events, after a first line that tells the format."""
    lines = [msgspec.json.encode({"format": JOURNAL_FORMAT}), *(msgspec.json.encode(to_builtins(e)) for e in events)]
    path.write_bytes(b"\n".join(lines) + b"\n")


def read_journal(path: Path) -> tuple[Event, ...]:
    """The inverse of :func:`write_journal`.

    Raises:
        ScenarioError: There is no such file, or it is no journal that can be read.
    """
    try:
        lines = path.read_bytes().splitlines()
        records = [msgspec.json.decode(line, type=dict[str, Any]) for line in lines]
    except OSError as error:
        raise ScenarioError(f"cannot read the journal {path}: {error.strerror}") from None
    except msgspec.DecodeError as error:
        raise ScenarioError(f"{path} is no journal: {error}") from None
    version = records[0].get("format") if records else None
    if version != JOURNAL_FORMAT:
        raise ScenarioError(
            f"the journal {path} has format {version}, and this release of the harness reads {JOURNAL_FORMAT}"
        )
    classes = cast("tuple[type[Event], ...]", Event.__args__)
    return tuple(from_builtins(record, classes) for record in records[1:])
