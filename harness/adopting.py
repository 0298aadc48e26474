"""Writes waivers for what fails today, for a team that begins with a history full of findings."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from harness.deploy.toml_text import toml_value
from harness.errors import ScenarioError, SettingsError
from harness.evidence.identity import AFTERMATH, failed_silently, plain_text
from harness.model.cell import Status
from harness.model.finding import Weight
from harness.model.waiver import ADOPTED, Ruling
from harness.report.acceptance import is_shown_by

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from harness.report.document import CheckRecord, Document, OutcomeRecord

_HEAD = """\
# Findings that are accepted for now: why, who answers for that, and until when (until = 2026-12-31, or
# until_revision = "..."). What the harness wrote has the reason "adopted": put one of your own in its place.
"""
#: Of what was found, so much stands above an entry.
_COMMENT_LENGTH = 160


def adopt(documents: Sequence[Document], owner: str, root: Path, here: Path | None = None) -> Iterator[str]:
    """Puts waivers for all findings that fail behind what their files have already.

    Args:
        documents: The reports of one session.
        owner: Who is to answer for them.
        root: From where the documents name the files.
        here: From where what was done names them, as where the command was given; ``root``, where nothing else is said.

    Returns:
        What was done, a sentence for each file.

    Raises:
        ScenarioError: A file cannot be written.
    """
    files = dict.fromkeys(document.waivers.file for document in documents if document.waivers is not None)
    for file in files:
        mine = [document for document in documents if document.waivers is not None and document.waivers.file == file]
        entries = dict(entry for document in mine for entry in propose(document))
        left = sum(map(_count_expired, mine))
        if entries:
            _append(root / file, "".join(_render(entry, why, owner) for entry, why in entries.items()))
        shown = Path(os.path.relpath(root / file, here or root)).as_posix()
        count = f"{len(entries)} waiver{'' if len(entries) == 1 else 's'}"
        wrote = f"wrote {count} of {owner} to {shown}; from the next run on nothing of that fails" if entries else ""
        told = [wrote or f"there was nothing to be added to {shown}"]
        told += [f"{left} whose waivers have expired were left out: decide on them again"] if left else []
        yield "; ".join(told)


def propose(document: Document) -> Iterator[tuple[tuple[tuple[str, str], ...], str]]:
    """What waivers would have to say so that nothing fails, in the order of the report, and what each is about.

    Where PostgreSQL refused something, the journey is left out: which one meets it differs from run to run.

    Args:
        document: The report.
    """
    for outcome in document.outcomes:
        if is_shown_by(outcome) and outcome.acceptance is None:
            yield from ((keys, _why(outcome)) for keys in _match_outcome(outcome))
    for check in document.checks:
        yield from _match_check(check)


def _match_outcome(outcome: OutcomeRecord) -> Iterator[tuple[tuple[str, str], ...]]:
    """One entry for each SQLSTATE, all of which have to be accepted; or one for what PostgreSQL has no part in.

    Where a journey failed in both ways, its finding is named: no SQLSTATE says what the other way is.
    """
    keys = {"step": outcome.step, "actor": outcome.actor.value}
    status = {"status": outcome.status.value} if outcome.status is Status.TRANSIENT else {}
    codes = [code for code in outcome.sqlstates if code != AFTERMATH] or list(outcome.sqlstates)
    silent = failed_silently(outcome.journey, outcome.signatures)
    if codes and not silent:
        for code in codes:
            yield tuple({**keys, "sqlstate": code, **status}.items())
        return
    if codes or (outcome.story is not None and not outcome.story.copy):
        keys["finding"] = outcome.finding
    else:
        keys["journey"] = outcome.journey
    yield tuple({**keys, **status}.items())


def _why(outcome: OutcomeRecord) -> str:
    story = outcome.story
    return (story.why or plain_text(story.headline)) if story is not None else plain_text(outcome.reason)


def _match_check(check: CheckRecord) -> Iterator[tuple[tuple[tuple[str, str], ...], str]]:
    for finding in check.findings if check.status is Status.FAIL and check.result == "failed" else ():
        if finding.weight is Weight.FAIL and finding.acceptance is None:
            keys = {"step": check.step, "check": check.check, "finding": finding.id}
            yield tuple(keys.items()), plain_text(finding.headline)


def _count_expired(document: Document) -> int:
    said = [outcome.acceptance for outcome in document.outcomes]
    said += [finding.acceptance for check in document.checks for finding in check.findings]
    return sum(one is not None and one.ruling is Ruling.EXPIRED for one in said)


def _render(entry: Iterable[tuple[str, str]], why: str, owner: str) -> str:
    """One entry. Of what an application answered, only what can be printed may stand in a comment of TOML."""
    plain = "".join(letter for letter in " ".join(why.split()) if letter.isprintable())
    comment = plain if len(plain) <= _COMMENT_LENGTH else f"{plain[:_COMMENT_LENGTH]}..."
    keys = [*entry, ("reason", ADOPTED), ("owner", owner)]
    lines = [f"# {comment}", "[[waiver]]", *(f"{key} = {toml_value(value)}" for key, value in keys)]
    return "\n" + "\n".join(lines) + "\n"


def _append(path: Path, text: str) -> None:
    try:
        before = path.read_text(encoding="utf-8") if path.is_file() else _HEAD
        gap = "" if before.endswith("\n") or not before else "\n"
        try:
            tomllib.loads(before + gap + text)
        except tomllib.TOMLDecodeError:
            raise SettingsError(
                f"{path} takes no more entries at its end: write those that it has as [[waiver]], not in one array"
            ) from None
        with path.open("a", encoding="utf-8", newline="") as file:
            file.write(gap + text if path.stat().st_size else before + text)
    except OSError as error:
        raise ScenarioError(f"cannot write {path}: {error.strerror}") from None
