"""Reads finished reports from their folders, and writes them in every format that there is."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

from harness.errors import ScenarioError
from harness.evidence.journal import JOURNAL_NAME, read_journal
from harness.places import Repository
from harness.plan.codec import PLAN_NAMES, decode_plan, digest
from harness.report.annotations import annotate, render_code_quality, render_commands, render_sarif
from harness.report.document import REPORT_NAME, Document, read_document
from harness.report.html import PAGE_NAME, render_html
from harness.report.judging import judge_run
from harness.report.markdown import SUMMARY_LIMIT, render_markdown
from harness.report.recording import Recording

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


#: Formats that are one text for all reports.
TEXT_FORMATS = ("markdown", "github", "sarif", "gitlab")


#: Characters of a folder's name; a file system takes 255 bytes, and what is put beside it has a longer name.
_FOLDER_LENGTH = 50


def folder_name(name: str) -> str:
    """Name of the folder of a rehearsal among reports.

    Args:
        name: The rehearsal's.
    """
    folder = re.sub(r"[^\w.]+", "-", name).strip("-.") or "rehearsal"
    if len(folder) <= _FOLDER_LENGTH:
        return folder
    return f"{folder[:_FOLDER_LENGTH]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


@dataclass(frozen=True)
class Report:
    """One finished rehearsal.

    Args:
        folder: Where it lies.
        document: What is told.
    """

    folder: Path
    document: Document


def read_reports(folder: Path, *, again: bool = False) -> tuple[Report, ...]:
    """Every report in a folder or one level below it.

    Args:
        folder: Where they are.
        again: Whether the events are judged anew; what was written stays as it is.

    Raises:
        ScenarioError: There is none, or it cannot be read.
    """
    name = JOURNAL_NAME if again else REPORT_NAME
    found = _find(folder, name)
    if not found and (begun := _find(folder, JOURNAL_NAME)):
        raise ScenarioError(
            f"there is no {name} in {begun[0].parent}: the run that wrote the {JOURNAL_NAME} there was interrupted, or "
            "goes on; run it again to its end, or judge what it has seen by rolldeploy report --judge"
        )
    if not found and (deeper := sorted({path.parent.parent for path in folder.glob(f"*/*/{name}")})):
        named = ", ".join(map(str, deeper))
        raise ScenarioError(f"there is no {name} in {folder}; there are some in {named}: name that folder")
    if not found:
        raise ScenarioError(f"there is no {name} in {folder}: run pytest with --rolldeploy-report={folder} first")
    return tuple(Report(path.parent, judge_again(path.parent) if again else read_document(path)) for path in found)


def _find(folder: Path, name: str) -> list[Path]:
    """The files of a name in a folder and one level below it."""
    return [path for path in (folder / name, *sorted(folder.glob(f"*/{name}"))) if path.is_file()]


def judge_again(folder: Path) -> Document:
    """Judges a finished run from its plans and its journal.

    Args:
        folder: Report of one rehearsal.

    Raises:
        ScenarioError: Something of it is missing, or was written in another format.
    """
    recording = read_recording(folder)
    return judge_run(recording.plans, [digest(plan) for plan in recording.plans], recording.events)


def read_recording(folder: Path) -> Recording:
    """The plans and the events of a run.

    Args:
        folder: Report of one rehearsal.

    Raises:
        ScenarioError: Something of it is missing, or was written in another format.
    """
    texts = [(folder / name).read_bytes() for name in PLAN_NAMES if (folder / name).is_file()]
    return Recording(plans=tuple(map(decode_plan, texts)), events=read_journal(folder / JOURNAL_NAME))


def render_page(report: Report) -> str:
    """The report as one page; without a timeline where the journal is not there any more.

    Args:
        report: Which.

    Raises:
        ScenarioError: The journal or a plan cannot be read.
    """
    there = (report.folder / JOURNAL_NAME).is_file()
    return render_html(report.document, read_recording(report.folder) if there else None)


def render_text(name: str, documents: Sequence[Document], root: Path) -> str:
    """One text for all reports.

    Args:
        name: One of :data:`TEXT_FORMATS`.
        documents: The reports.
        root: Folder of the repository, in which the migrations are looked for.
    """
    if name == "markdown":
        return render_markdown(documents)
    annotations = annotate(documents, Repository(root).find)
    if name == "github":
        return render_commands(annotations)
    if name == "sarif":
        return render_sarif(annotations, version("pytest-rolldeploy"))
    return render_code_quality(annotations)


def write_page(report: Report, path: Path | None = None) -> Path:
    """Writes the page.

    Args:
        report: Which.
        path: Where to; None puts it beside the document.

    Returns:
        Where it is.

    Raises:
        ScenarioError: The journal cannot be read, or the page not be written.
    """
    return write_text(path or report.folder / PAGE_NAME, render_page(report))


def write_text(path: Path, text: str) -> Path:
    """Writes a file.

    Returns:
        Where it is.

    Raises:
        ScenarioError: It cannot be written.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ScenarioError(f"cannot write {path}: {error.strerror}") from None
    return path


def append_summary(path: Path, documents: Sequence[Document]) -> None:
    """Puts the reports behind what a step's summary has already, within what GitHub takes.

    Args:
        path: What ``$GITHUB_STEP_SUMMARY`` names.
        documents: The reports.

    Raises:
        ScenarioError: It cannot be written.
    """
    try:
        taken = path.stat().st_size if path.is_file() else 0
        with path.open("a", encoding="utf-8") as file:
            file.write(render_markdown(documents, SUMMARY_LIMIT - taken))
    except OSError as error:
        raise ScenarioError(f"cannot write $GITHUB_STEP_SUMMARY, {path}: {error.strerror}") from None
