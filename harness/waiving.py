"""What the user says of known findings: the file of waivers, and the report of an earlier run."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import ScenarioError, SettingsError
from harness.evidence.checks import CHECKS
from harness.formats import read_reports
from harness.model.waiver import WAIVERS_NAME, Waivers, expire
from harness.report.acceptance import take_baseline
from harness.report.document import read_document
from harness.runtime.waiting import wall_clock
from harness.settings_waivers import read_waivers

if TYPE_CHECKING:
    import pytest

    from harness.model.waiver import Waiver
    from harness.rehearsal import Listing
    from harness.report.document import Document


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What the command line says.

    Args:
        waivers: The file, or None where the settings say it.
        may_be_missing: Whether it is written at the end, so that it need not be there.
        baseline: The earlier report, as it was named, or None.
        folder: Where the command was given.
        root: From where reports name files.
    """

    waivers: str | None = None
    may_be_missing: bool = False
    baseline: str | None = None
    folder: Path
    root: Path


def choice_of(config: pytest.Config) -> Choice:
    """The same from pytest's options."""
    return Choice(
        waivers=config.getoption("rolldeploy_waivers"),
        may_be_missing=config.getoption("rolldeploy_update_waivers") is not None,
        baseline=config.getoption("rolldeploy_baseline"),
        folder=config.invocation_params.dir,
        root=config.rootpath,
    )


def read_known(listings: tuple[Listing, ...], choice: Choice) -> tuple[Listing, ...]:
    """Gives the rehearsals of one settings file what is known of their findings.

    Args:
        listings: The rehearsals.
        choice: What the command line says.

    Raises:
        ScenarioError: A file is not there, cannot be read, or says what has no meaning.
    """
    path = _path_of(listings[0], choice)
    named = choice.waivers is not None or listings[0].settings.waivers is not None
    entries: tuple[Waiver, ...] = ()
    if path.is_file() or (named and not choice.may_be_missing):
        entries = read_waivers(path, [check.name for check in CHECKS])
    _check_revisions(path, entries, listings)
    today = dt.datetime.fromtimestamp(wall_clock(), tz=dt.UTC).date().isoformat()
    file = Path(os.path.relpath(path, choice.root)).as_posix()
    names = tuple(listing.settings.name for listing in listings)
    earlier = _read_earlier(choice)

    def know(listing: Listing) -> Listing:
        base = frozenset(listing.base or ())
        mine = tuple(replace(waiver, expired=expire(waiver, today, base)) for waiver in entries)
        baseline = None
        if choice.baseline is not None:
            baseline = take_baseline(earlier, listing.settings.name, choice.baseline)
        return replace(listing, waivers=Waivers(file=file, rehearsals=names, entries=mine), baseline=baseline)

    return tuple(map(know, listings))


def _path_of(listing: Listing, choice: Choice) -> Path:
    if choice.waivers is not None:
        return choice.folder / choice.waivers
    return listing.settings.path.parent / (listing.settings.waivers or WAIVERS_NAME)


def _check_revisions(path: Path, entries: tuple[Waiver, ...], listings: tuple[Listing, ...]) -> None:
    """Refuses a revision that no release has: a waiver with a slip of the pen in it would never expire."""
    steps = {name for listing in listings for revision in listing.revisions for name in (revision.id, revision.label)}
    known = steps.union(*(listing.base or () for listing in listings))
    for waiver in entries:
        where = f"{path.name}, [[waiver]] {waiver.number}, until_revision"
        if waiver.until_revision and any(listing.base is None for listing in listings):
            raise SettingsError(
                f"{where}: the settings list the steps themselves, so that nobody knows what the old release has; say "
                "until which day, by until"
            )
        if waiver.until_revision and waiver.until_revision not in known:
            raise SettingsError(
                f"{where}: neither release has a revision '{waiver.until_revision}', so that nobody can tell when the "
                "waiver ends; name one by its id or its file, or say until which day, by until"
            )


def _read_earlier(choice: Choice) -> tuple[Document, ...]:
    """The reports of the baseline; none where none was asked for."""
    if choice.baseline is None:
        return ()
    path = choice.folder / choice.baseline
    try:
        if path.is_dir():
            return tuple(report.document for report in read_reports(path))
        return (read_document(path),)
    except ScenarioError as error:
        raise ScenarioError(f"--rolldeploy-baseline: {error}") from None
