"""What is written down when a rehearsal begins: what it is of, and all that its judgement depends on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.model.cell import ROLLOUT
from harness.model.events import Asked, Started
from harness.model.release import NEVER_STARTED, ReleaseName
from harness.model.tracks import TrackStopped

if TYPE_CHECKING:
    from harness.model.settings import ReadFrom
    from harness.plan.steps import Plan
    from harness.rehearsal import Listing
    from harness.runtime.postgres import Server
    from harness.secrets import Redactor
    from harness.traffic.driver import Cast


def tell_beginning(listing: Listing, server: Server, redact: Redactor, cast: Cast) -> tuple[Started, Asked]:
    """The first two events of a run.

    Args:
        listing: Settings, code and steps.
        server: Where the databases are made.
        redact: Takes secrets out.
        cast: Who takes part, and in what.
    """
    settings = listing.settings
    started = Started(
        name=settings.name,
        postgres=f"{server.version} ({server.provider})",
        old=listing.releases[ReleaseName.OLD].description,
        new=listing.releases[ReleaseName.NEW].description,
        reduced=server.reduced,
        passed_over=server.passed_over,
        read_from=_redacted(settings.read_from, redact),
        code=tuple((name, release.code) for name, release in listing.releases.items() if release.code is not None),
        compared=_tell_compared(listing),
    )
    asked = Asked(
        schedule=listing.schedule,
        revisions=listing.revisions,
        expected=settings.expect,
        journeys_left_out=cast.left_out,
        lock_wait_ms=settings.lock_wait_budget_ms,
        tasks=tuple(task.name for task in listing.tasks),
        chain=settings.pair.names if settings.pair is not None else (),
        waivers=listing.waivers,
        baseline=listing.baseline,
        all_met=settings.all_met,
        walk_alone=cast.walk_alone,
        runs_already=settings.old.running is not None,
    )
    return started, asked


def leave_rest_out(walk: Plan, listing: Listing) -> TrackStopped:
    """What is told behind a walk that is all there is."""
    why = NEVER_STARTED if listing.settings.old.running is not None else "no selected test asks for it"
    return TrackStopped(track=ROLLOUT, number=walk.last_number, reason=f"left out, for {why}")


def _tell_compared(listing: Listing) -> str:
    """That a commit is compared with itself, which looks like a release in which nothing is wrong."""
    old, new = listing.releases[ReleaseName.OLD], listing.releases[ReleaseName.NEW]
    if listing.revisions or old.head is None or old.head != (new.head or new.root):
        return ""
    return (
        "HEAD with itself: the old release is the commit that is checked out, and no migration came after it, so "
        "nothing was rehearsed but what is in no commit; if production runs an earlier release, name that by source "
        "under [old]"
    )


def _redacted(read: ReadFrom | None, redact: Redactor) -> ReadFrom | None:
    if read is None:
        return None
    return replace(read, read=tuple(map(redact, read.read)), open=tuple(map(redact, read.open)))
