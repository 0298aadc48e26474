"""Why a rehearsal was stopped before its end: kept for the other workers, and told at the items that it is about."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, NoReturn

import pytest

from harness.errors import ControlError, HarnessError
from harness.evidence.journal import JOURNAL_NAME
from harness.nodes import JourneyItem

if TYPE_CHECKING:
    from pathlib import Path

    from harness.nodes import RehearsedItem

#: In the folder of a rehearsal that was stopped.
_NAME = "stopped.json"


@dataclass
class Stop:
    """Why a rehearsal was stopped, and who is to be told yet.

    Args:
        text: The kind of error and what it says.
        note: Where its journal and logs are, or how to have them; the empty string where there are none.
        said: What is wrong with journeys of which no item was told, by their names.
    """

    text: str
    note: str
    said: dict[str, str]

    @classmethod
    def of(cls, error: Exception, folder: Path, report: str) -> Stop:
        """Of the error that stopped it.

        Args:
            error: Ends the rehearsal.
            folder: Its own, for as long as the session lasts.
            report: Where its document would have been, as the user named it; the empty string where none is wanted.
        """
        note = ""
        if (folder / JOURNAL_NAME).is_file():
            kept = f"are in {report.rpartition('/')[0]}" if report else "are kept with --rolldeploy-report=DIR"
            note = f"  its journal and its logs {kept}"
        said = dict(error.said) if isinstance(error, ControlError) else {}
        return cls(f"{type(error).__name__}: {error}", note, said)

    @classmethod
    def read(cls, folder: Path) -> Stop | None:
        """As another worker wrote it; None where none did."""
        path = folder / _NAME
        return cls(**json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None

    def write(self, folder: Path) -> None:
        """For the other workers."""
        (folder / _NAME).write_text(json.dumps(asdict(self)), encoding="utf-8")

    def tell(self, item: RehearsedItem, *, first: bool) -> NoReturn:
        """Ends an item: the first one of each journey to blame fails, and all others are skipped.

        Args:
            item: Of the rehearsal.
            first: Whether it is the one that performed it, which is told what no item of its own can be.

        Raises:
            ControlError: What no item was told before.
            Skipped: Another item is told why.
        """
        own = item.journey.name if isinstance(item, JourneyItem) else None
        others = [one for one in item.session.items if isinstance(one, JourneyItem) and one.place == item.place]
        asked = {one.journey.name for one in others}
        mine = [name for name in self.said if name == own or (first and name not in asked)]
        if mine:
            error = ControlError({name: self.said.pop(name) for name in mine})
            self.mark(error)
            raise error
        pytest.skip(f"the rehearsal was stopped: {self.text.splitlines()[0]}")

    def mark(self, error: Exception) -> None:
        """Adds to an error where journal and logs are."""
        if self.note:
            error.add_note(self.note)


def cut_off(error: BaseException) -> HarnessError:
    """What is told where another plugin of pytest ended a rehearsal: pytest-timeout, say.

    Args:
        error: What it raised.
    """
    reason = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
    return HarnessError(
        f"the rehearsal was cut off: {reason}; all of it is performed while its first item is set up, so give that the "
        "time it needs: pytestmark = pytest.mark.timeout(0) in the files of journeys, for pytest-timeout"
    )
