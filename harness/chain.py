"""The rehearsals of a chain: which of its releases have migrations between them, and which steps are whose."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.errors import MigrationError, SettingsError
from harness.model.cell import ROLLOUT
from harness.plan.subject import Earlier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from harness.model.revision import Revision
    from harness.model.settings import Settings
    from harness.rehearsal import Listing


def list_pairs(chain: tuple[Settings, ...], read: Callable[[Settings], Listing]) -> tuple[Listing, ...]:
    """One listing for each two releases that follow one another.

    Args:
        chain: Settings of each pair; a single one where there is no chain.
        read: Makes a listing.

    Raises:
        SettingsError: Something is expected of a step that no pair has.
        MigrationError: A step is to be run after the code that no pair has.
    """
    listings: list[Listing] = []
    earlier: list[Earlier] = []
    for settings in chain:
        listing = read(settings)
        if settings.pair is None:
            return (listing,)
        listings.append(replace(listing, earlier=tuple(earlier)))
        before, after = _divide(listing)
        earlier.append(Earlier(name=settings.pair.old, before=before, after=after))
    _refuse_unknown(chain, listings)
    return tuple(listings)


def narrow(settings: Settings, steps: tuple[Revision, ...]) -> Settings:
    """Leaves out what the settings of a chain say of steps of another pair.

    Args:
        settings: Of one pair.
        steps: Its own.
    """
    if settings.pair is None:
        return settings
    known = _known(steps)
    return replace(
        settings,
        migrations=replace(
            settings.migrations, after=tuple(name for name in settings.migrations.after if name in known)
        ),
        expect=tuple(item for item in settings.expect if item.pair or item.step in known),
    )


def _divide(listing: Listing) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The steps that are run while the old release still serves, and those that are run when it is gone."""
    schedule = listing.schedule
    split = 0 if schedule.apart else schedule.split([revision.label for revision in listing.revisions])
    ids = tuple(revision.id for revision in listing.revisions)
    return ids[:split], ids[split:]


def _refuse_unknown(chain: tuple[Settings, ...], listings: list[Listing]) -> None:
    """Refuses what is said of a step that is nobody's."""
    steps = [revision for listing in listings for revision in listing.revisions]
    known, labels = _known(steps), ", ".join(revision.label for revision in steps)
    unknown = sorted(set(chain[0].migrations.after) - known)
    if unknown:
        raise MigrationError(
            f"after = under [migrations] names {', '.join(unknown)}: no such step; the chain has {labels or 'none'}"
        )
    pairs = ", ".join(sorted(f"{listing.settings.pair}-{ROLLOUT}" for listing in listings))
    has = f"the chain has {', '.join(part for part in (labels, pairs) if part)}"
    for item in (item for settings in chain for item in settings.expect):
        if not item.pair and item.step not in known:
            raise SettingsError(f"{chain[0].path.name}, [{item.heading}]: no such step; {has}")


def _known(steps: Iterable[Revision]) -> frozenset[str]:
    """Whatever the steps may be called."""
    return frozenset(name for step in steps for name in (step.id, step.label))
