"""The session behind a pytest run: who makes it, who shares it, who ends it, and what is told at its end."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.adopting import adopt
from harness.errors import RolldeployError, SettingsError
from harness.formats import Report, append_summary, render_text, write_page
from harness.report.document import REPORT_NAME, read_document
from harness.report.html import PAGE_NAME
from harness.report.terminal import render_matrix
from harness.report.waivers import tell_unused
from harness.runtime.forks import Forks
from harness.runtime.postgres import check_choice
from harness.runtime.reaper import Session
from harness.settings_deploy import read_stdin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from harness.rehearsal import Listing
    from harness.report.document import Document
    from harness.report.terminal import Line

_SESSION: pytest.StashKey[Session] = pytest.StashKey()
_FORKS: pytest.StashKey[Forks] = pytest.StashKey()
_PIPED: pytest.StashKey[str] = pytest.StashKey()
#: Below the session's folder: one folder a rehearsal.
REPORTS = "rehearsals"
#: What a one-off task did, where it was run instead of a rehearsal.
TASK_NAME = "task.txt"
#: What an exploration came to.
EXPLORED_NAME = "explored.txt"


def refuse_unknown_provider(choice: str) -> None:
    """Ends pytest with a usage error where the provider does not exist."""
    try:
        check_choice(choice)
    except SettingsError as error:
        raise pytest.UsageError(f"--rolldeploy-postgres: {error}") from None


def end_session(config: pytest.Config, shared: str | None) -> None:
    """Releases everything; in a worker of pytest-xdist that is the controller's to do.

    Args:
        config: Of pytest.
        shared: The folder that the controller chose for its workers, if there are any.
    """
    session = _known_session(config, shared)
    if _FORKS in config.stash:
        config.stash[_FORKS].close()
    if session is None or hasattr(config, "workerinput"):
        return
    for sentence in session.release_all():
        print(f"rolldeploy: {sentence}")  # noqa: T201  the terminal reporter is gone by now


def summaries(config: pytest.Config, shared: str | None) -> list[tuple[str, list[Line]]]:
    """Title and lines of each finished rehearsal; writes their pages, and hands them to GitHub where it runs this.

    Args:
        config: Of pytest.
        shared: The folder that the controller chose for its workers, if there are any.
    """
    session = _known_session(config, shared)
    if session is None or hasattr(config, "workerinput"):
        return []
    documents = []
    found = [
        (f"{title}: {path.parent.name}", [(line, "") for line in path.read_text(encoding="utf-8").splitlines()])
        for title, name in (("one-off task", TASK_NAME), ("exploration", EXPLORED_NAME))
        for path in sorted((session.directory / REPORTS).glob(f"*/{name}"))
    ]
    for path in sorted((session.directory / REPORTS).glob(f"*/{REPORT_NAME}")):
        document = read_document(path)
        documents.append(document)
        lines = render_matrix(document, verbose=config.get_verbosity() > 0)
        target = config.getoption("rolldeploy_report")
        if target:
            lines.append((f"report      {Path(target) / path.parent.name / PAGE_NAME}", ""))
            page = config.invocation_params.dir / target / path.parent.name / PAGE_NAME
            lines.extend(_sentences(lambda: write_page(Report(path.parent, document), page)))  # noqa: B023  called at once
        found.append((f"rolling deploy: {document.name}", lines))
    if found:
        found[-1][1].extend(_look_after_waivers(documents, config))
        found[-1][1].extend(_hand_to_github(documents, config.rootpath))
    return found


def _look_after_waivers(documents: Sequence[Document], config: pytest.Config) -> Iterator[Line]:
    """Names waivers that match nothing, and writes new ones where that was asked for."""
    yield from ((f"{'unused':<11} {sentence}", "yellow") for sentence in tell_unused(documents))
    owner = config.getoption("rolldeploy_update_waivers")
    if owner is not None:
        told: list[str] = []
        here = config.invocation_params.dir
        yield from _sentences(lambda: told.extend(adopt(documents, owner, config.rootpath, here)))
        yield from ((f"{'waivers':<11} {sentence}", "") for sentence in told)


def _hand_to_github(documents: Sequence[Document], root: Path) -> Iterator[Line]:
    """Puts the reports into the step's summary, and annotations into its output, where GitHub runs this."""
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        yield from _sentences(lambda: append_summary(Path(summary), documents))
    if os.environ.get("GITHUB_ACTIONS") == "true":
        repository = Path(os.environ.get("GITHUB_WORKSPACE") or root)
        yield from ((line, "") for line in render_text("github", documents, repository).splitlines())


def _sentences(write: Callable[[], object]) -> Iterator[Line]:
    """What went wrong while something was written; the matrix is shown all the same."""
    try:
        write()
    except RolldeployError as error:
        yield f"rolldeploy: {error}", "yellow"


def _known_session(config: pytest.Config, shared: str | None) -> Session | None:
    if _SESSION in config.stash:
        return config.stash[_SESSION]
    return Session.open(shared) if shared is not None and Path(shared).is_dir() else None


def session_of(config: pytest.Config) -> Session:
    """The session of this process, made or joined where there is none yet."""
    session = config.stash.get(_SESSION, None)
    if session is None:
        given = getattr(config, "workerinput", None)
        session = config.stash[_SESSION] = (
            Session.create() if given is None else Session.join(given["rolldeploy_session"], given["rolldeploy_owner"])
        )
    return session


def forks_of(config: pytest.Config) -> Forks:
    """The interpreters of this process that have imported Alembic."""
    if _FORKS not in config.stash:
        config.stash[_FORKS] = Forks(session_of(config))
    return config.stash[_FORKS]


def read_piped(config: pytest.Config) -> str:
    """Standard input, which pytest keeps from tests and xdist from its workers; read once for all settings.

    Raises:
        SettingsError: Nothing is piped in.
    """
    if _PIPED not in config.stash:
        if hasattr(config, "workerinput"):
            raise SettingsError("the workers of pytest-xdist have no standard input: write it to a file, and name that")
        capture: Any = config.pluginmanager.get_plugin("capturemanager")
        if capture is not None:  # not documented, but what pytest's own --pdb calls; tests/plugin/test_deploy_file.py
            capture.suspend(in_=True)
        try:
            config.stash[_PIPED] = read_stdin()
        finally:
            if capture is not None:
                capture.resume()
    return config.stash[_PIPED]


def refuse_one_folder(found: Iterable[Listing], known: Iterable[Listing]) -> None:
    """Refuses rehearsals whose reports would lie in one folder: what one of them wrote would be taken for the other's.

    Args:
        found: Those that are added.
        known: Those that are there.

    Raises:
        SettingsError: There are such.
    """
    taken = {listing.slug: listing.settings for listing in known}
    for listing in found:
        mine, other = listing.settings, taken.get(listing.slug)
        if other is not None:
            raise SettingsError(
                f"{mine.path} and {other.path} are two rehearsals with one folder for their reports, {listing.slug}: "
                f"they are called {mine.name} and {other.name}; give one of them another name"
            )


def make_report_folder(folder: Path) -> None:
    """Makes the folder that gets reports, before anything is done for one.

    Args:
        folder: Which.

    Raises:
        SettingsError: It cannot be made, or be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"--rolldeploy-report: the folder {folder} cannot be made ({error.strerror}); name another one"
        ) from None
    if not os.access(folder, os.W_OK):
        raise SettingsError(f"--rolldeploy-report: the folder {folder} cannot be written to; name another one")
