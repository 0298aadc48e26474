"""The revision graph of a release as data, and the steps that lead from one release's head to the other's."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import PurePath

from harness.errors import MigrationError
from harness.model.rollout import Schedule, When

#: An item id stays readable in a terminal line; the revision's own id is kept whole.
_SLUG_LENGTH = 32


@dataclass(frozen=True, kw_only=True)
class Revision:
    """One migration.

    Args:
        id: Alembic's revision identifier, or Django's ``app.name``.
        down: The revisions that it follows; several for a merge, none for a base.
        doc: First line of its docstring.
        path: Its file, relative to the release's source where it lies below it.
        mark: What it says itself of when it is run: ``before``, ``after``, or nothing. A variable ``rolldeploy`` in its
            file says so, or a branch label ``expand`` or ``contract``.
        replaces: The revisions that it does the work of, and where they were run counts as run: a squashed one.
    """

    id: str
    down: tuple[str, ...] = ()
    doc: str = ""
    path: str = ""
    mark: str = ""
    replaces: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """Stable, readable name for item ids and reports: its file's where that tells the id, else id and message."""
        stem = PurePath(self.path).stem
        if self.id in stem:
            return stem
        if stem and self.id.endswith(f".{stem}"):
            return self.id
        slug = re.sub(r"[^a-z0-9]+", "_", self.doc.lower()).strip("_")[:_SLUG_LENGTH].strip("_")
        plain = re.sub(r"[^a-z0-9]+", "_", self.id.lower())
        return self.id if not slug or slug in plain else f"{self.id}_{slug}"


@dataclass(frozen=True, kw_only=True)
class History:
    """All revisions that a release knows, ancestors first.

    Args:
        revisions: In an order in which they would be applied: each one after all that it follows.
        heads: Ids of the revisions that nothing follows.
    """

    revisions: tuple[Revision, ...]
    heads: tuple[str, ...]

    def ids(self) -> frozenset[str]:
        """The identifiers of all revisions, and of those that they replace."""
        replaced = (id_ for revision in self.revisions for id_ in revision.replaces)
        return frozenset((*(revision.id for revision in self.revisions), *replaced))


def cut_history(history: History, head: str) -> History:
    """The history that a release had whose head was one of the revisions of a later one.

    Args:
        history: Of the later release.
        head: Identifier of the revision.

    Raises:
        MigrationError: The later release has no such revision.
    """
    known = {revision.id: revision for revision in history.revisions}
    if head not in known:
        raise MigrationError(
            f"the new release has no revision '{head}', which revision = under [old] names: give the whole identifier "
            "that `alembic current` shows in production; the new release's head is "
            f"{', '.join(sorted(history.heads)) or 'nothing'}"
        )
    kept, ahead = set[str](), [head]
    while ahead:
        id_ = ahead.pop()
        if id_ in known and id_ not in kept:
            kept.add(id_)
            ahead.extend(known[id_].down)
    return History(revisions=tuple(one for one in history.revisions if one.id in kept), heads=(head,))


def plan_steps(old: History, new: History, *, several_heads: bool = False) -> tuple[Revision, ...]:
    """The revisions that the new release has and the old release has not, in an order that the graph allows.

    Args:
        old: History of the old release.
        new: History of the new release.
        several_heads: The user said ``target = "heads"``: more than one head is meant.

    Raises:
        MigrationError: The new release has several heads, or lost the old release's head.
    """
    for name, history in (("old", old), ("new", new)):
        if len(history.heads) > 1 and not several_heads:
            raise MigrationError(
                f"the {name} release's history has {len(history.heads)} heads ({', '.join(sorted(history.heads))}): "
                'merge them with "alembic merge heads", or set target = "heads" under [migrations] if that is meant'
            )
    lost = sorted(set(old.heads) - new.ids())
    if lost:
        raise MigrationError(
            f"the new release's history lacks the old release's head {', '.join(lost)}: its file was renamed, edited "
            "or squashed, or old and new were swapped; a database at that revision could not be migrated by it"
        )
    known = old.ids()
    return tuple(revision for revision in new.revisions if not _is_known(revision, known))


def plan_app_steps(old: History, new: History) -> tuple[Revision, ...]:
    """The same for Django: each app has a history of its own, and one that is not installed any more is no loss.

    Raises:
        MigrationError: The new release lost migrations of an app that it has, or squashed more than the old release
            knows.
    """
    apps = {_app(id_) for id_ in new.ids()}
    kept = tuple(head for head in old.heads if _app(head) in apps)
    known = old.ids()
    for revision in new.revisions:
        missing = sorted(set(revision.replaces) - known)
        if revision.id not in known and missing and len(missing) < len(revision.replaces):
            raise MigrationError(
                f"{revision.id} squashes {', '.join(missing)}, which the old release has not, with others that it has: "
                "squash only what every database has been through"
            )
    return plan_steps(replace(old, heads=kept), new, several_heads=True)


def _is_known(revision: Revision, known: frozenset[str]) -> bool:
    """Whether it was run where these were; as Django decides it, for one that replaces others."""
    return revision.id in known or (bool(revision.replaces) and known.issuperset(revision.replaces))


def _app(id_: str) -> str:
    return id_.partition(".")[0]


def list_labels(steps: tuple[Revision, ...]) -> str:
    """The steps that there are, for whoever named another one."""
    return ", ".join(step.label for step in steps) or "none: the new release has no migration that the old one lacks"


def schedule_steps(
    steps: tuple[Revision, ...], when: When, after: tuple[str, ...] = ()
) -> tuple[tuple[Revision, ...], Schedule]:
    """Says of each step whether it is run before or after the code, and puts those that come before first.

    Args:
        steps: In an order that the graph allows.
        when: What the settings say of all steps.
        after: Ids or labels of steps that the settings put after the code.

    Raises:
        MigrationError: A mark cannot be read, a step is not there, or a step before the code needs one after it.
    """
    unknown = sorted(set(after) - {step.id for step in steps} - {step.label for step in steps})
    if unknown:
        names = ", ".join(unknown)
        raise MigrationError(f"after = under [migrations] names {names}: no such step; there are {list_labels(steps)}")
    phases: dict[str, When] = {}
    for step in steps:
        if step.mark not in {"", When.BEFORE, When.AFTER}:
            raise MigrationError(f'{step.path} says rolldeploy = "{step.mark}": it is either before or after')
        listed = step.id in after or step.label in after
        phases[step.label] = When.AFTER if listed else When(step.mark) if step.mark else when
    late = {step.id: step.label for step in steps if phases[step.label] is When.AFTER}
    if when is When.AT_BOOT and late:
        raise MigrationError(
            f'{", ".join(late.values())} is to be run after the code, but with when = "{when}" the first new replica '
            "runs all steps: ship it in the next release, or migrate before the code"
        )
    for step in steps:
        needed = [late[parent] for parent in step.down if parent in late]
        if needed and step.id not in late:
            raise MigrationError(
                f"{step.label} is to be run before the code, but follows {needed[0]}, which is to be run after it: put "
                "it in front, on a branch of its own, or into the next release"
            )
    ordered = tuple(sorted(steps, key=lambda step: step.id in late))  # a stable sort
    return ordered, Schedule(
        when=when, exceptions=tuple(step.label for step in ordered if phases[step.label] is not when)
    )
