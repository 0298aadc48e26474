"""``rolldeploy merge``: reads the reports of shards, and writes the one of the whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import ScenarioError
from harness.evidence.journal import JOURNAL_NAME
from harness.formats import folder_name, read_recording
from harness.model.cell import SEVERITY, Status
from harness.model.events import Ended, Started
from harness.plan.codec import digest
from harness.report.document import REPORT_NAME, encode_document
from harness.report.merging import Shard, merge_shards

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from harness.report.document import Document

#: Of the cells that no shard came to, so many are named.
_MOST_NAMED = 12


@dataclass(frozen=True, kw_only=True)
class Whole:
    """One rehearsal that was put together.

    Args:
        document: The report.
        shards: How many it is made of.
        stopped: Shards that were stopped, each with the reason.
        repeated: Journeys that several shards had.
    """

    document: Document
    shards: int
    stopped: tuple[str, ...]
    repeated: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        """Whether no journey is missing that any shard knows of."""
        return self.document.is_whole

    def lines(self, path: Path) -> Iterator[str]:
        """What a person wants to know.

        Args:
            path: Where the document was written.
        """
        done, cells = len(self.document.journeys), {(o.step, o.actor) for o in self.document.outcomes}
        yield f"{path}: {_count(self.shards, 'shard')}, {_count(done, 'journey')} in {_count(len(cells), 'cell')}"
        yield from (f"  stopped     {sentence}" for sentence in self.stopped)
        for name in self.document.journeys_left_out:
            yield f"  missing     {name}: no shard has its {_count(len(cells), 'cell')}"
        for name in self.repeated:
            yield f"  repeated    {name}: several shards had it; what went worst counts"
        unreached = list(_unreached(self.document))
        if unreached:
            more = f" and {len(unreached) - _MOST_NAMED} more" if len(unreached) > _MOST_NAMED else ""
            yield f"  not reached {', '.join(unreached[:_MOST_NAMED])}{more}"


def merge_folders(folders: Sequence[Path], output: Path) -> tuple[tuple[Path, Whole], ...]:
    """Puts shards together by the rehearsals that they are of, and writes a document for each.

    Args:
        folders: What was given as ``--rolldeploy-report`` on each machine, or a folder below it.
        output: Gets a folder for each rehearsal.

    Returns:
        Each document's path, and what it is made of.

    Raises:
        ScenarioError: There is no report in a folder, a shard is named twice, shards are of different plans, or the
            output cannot be written.
    """
    found: dict[str, list[Path]] = {}
    known: dict[Path, Path] = {}
    for folder in folders:
        for path in _find(folder):
            first = known.setdefault(path.resolve(), folder)
            if first is not folder:
                raise ScenarioError(f"{folder} and {first} have one and the same shard, {path}: name each shard once")
            found.setdefault(_name_of(path), []).append(path)
    _refuse_strangers(folders, found)
    wholes = [(output / folder_name(name) / REPORT_NAME, _merge(paths)) for name, paths in found.items()]
    for path, _ in wholes:
        if (path.parent / JOURNAL_NAME).is_file() or (path.parent.exists() and not path.is_file()):
            raise ScenarioError(f"{path.parent} is there and holds no merged report: name another folder by --output")
    for path, whole in wholes:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(encode_document(whole.document))
        except OSError as error:
            raise ScenarioError(f"cannot write {path}: {error.strerror}") from None
    return tuple(wholes)


def _find(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise ScenarioError(f"there is no folder {folder}: name what was given as --rolldeploy-report on each machine")
    found = [
        path.parent for path in (folder / JOURNAL_NAME, *sorted(folder.glob(f"*/{JOURNAL_NAME}"))) if path.is_file()
    ]
    if not found:
        raise ScenarioError(
            f"there is no {JOURNAL_NAME} in {folder}, or one level below it: a shard is merged from all that pytest "
            f"left there, not from {REPORT_NAME} alone; leave the folder out to merge the others"
        )
    return found


def _name_of(folder: Path) -> str:
    """The name of a rehearsal, by its journal."""
    begun = next((event for event in read_recording(folder).events if isinstance(event, Started)), None)
    if begun is None:
        raise ScenarioError(f"the rehearsal in {folder} was stopped before it began: leave it out, or run it again")
    return begun.name


def _refuse_strangers(folders: Sequence[Path], found: dict[str, list[Path]]) -> None:
    """A folder that shares no rehearsal with another one is there by mistake: nothing of it is a shard."""
    if len(folders) == 1:
        return
    for folder in folders:
        names = [name for name, paths in found.items() if any(folder in {path, path.parent} for path in paths)]
        if all(len(found[name]) == 1 for name in names):
            others = ", ".join(name for name in found if name not in names)
            raise ScenarioError(
                f"{folder} has no shard of a rehearsal that another folder has a shard of: it is of {', '.join(names)}"
                f"{f', the others of {others}' if others else ''}; reports of different rehearsals stand side by side "
                "in one folder as they are"
            )


def _merge(folders: Sequence[Path]) -> Whole:
    shards, stopped, wanted = [], [], []
    for folder in folders:
        recording = read_recording(folder)
        wanted += [name for plan in recording.plans[:1] for name in plan.journeys]
        if not (folder / REPORT_NAME).is_file():  # which is written last
            errors = [event.error for event in recording.events if isinstance(event, Ended) and event.error]
            stopped.append(f"{folder}: {errors[0].splitlines()[0] if errors else 'it was interrupted'}")
        else:
            digests = tuple(map(digest, recording.plans))
            shards.append(Shard(place=str(folder), recording=recording, digests=digests))
    if not shards:
        raise ScenarioError(f"no shard came to its end, so there is nothing to merge: {'; '.join(stopped)}")
    merged = merge_shards(shards, wanted)
    return Whole(document=merged.document, shards=len(shards), stopped=tuple(stopped), repeated=merged.repeated)


def _unreached(document: Document) -> Iterator[str]:
    """Cells that no journey came to."""
    found: dict[str, list[Status]] = {}
    for outcome in document.outcomes:
        found.setdefault(f"{outcome.step}-{outcome.actor}", []).append(outcome.status)
    return (cell for cell, statuses in found.items() if min(statuses, key=SEVERITY.index) is Status.SKIPPED)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
