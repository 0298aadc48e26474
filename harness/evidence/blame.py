"""Whose doing a failure is: what a cell merely inherits from another step is marked so, and not blamed on it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.evidence.outcome import FRESH, NEW_ACTORS, OLD_HALF, Outcome, is_refusal, is_silent, signature
from harness.model.cell import BASE, BASE_ACTORS, BOOT_ACTORS, ROLLOUT, ROLLOUT_ACTORS, Actor, Cell, Status
from harness.model.events import Attempted, MigrationFailed
from harness.model.release import ReleaseName
from harness.plan.steps import Migrate, StartReplicas

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.plan.steps import Plan

_FAILED = frozenset({Status.FAIL, Status.TRANSIENT})
#: Before what only copies show that were started before the step.
_OLDER = "older copies: "
#: Who recovers by itself was seen to work too.
_WORKS = frozenset({Status.PASS, Status.TRANSIENT})


def blame(plan: Plan, outcomes: dict[tuple[Cell, str], Outcome]) -> dict[tuple[Cell, str], Outcome]:
    """Marks what a cell merely inherits from another step, and what the new release's own control run shows too."""
    blamed = dict(outcomes)
    _blame_failed_migration(plan, blamed)
    for journey in plan.journeys:
        _excuse_by_base(plan, journey, blamed)
        _blame_forwards(plan, journey, blamed)
        _blame_backwards(plan, journey, blamed)
        _blame_rollout(plan, journey, blamed)
        control = outcomes[Cell(ROLLOUT, Actor.NEW_CONTROL), journey]
        if control.status is not Status.FAIL:
            continue
        for cell in plan.cells:
            outcome = blamed[cell, journey]
            asked = cell.actor in NEW_ACTORS or cell.actor is Actor.MIXED
            if asked and outcome.status is Status.FAIL and outcome.signatures <= control.signatures:
                reason = "the new release fails this journey on a fresh database of its own too"
                blamed[cell, journey] = replace(outcome, status=Status.INCONCLUSIVE, reason=reason)
    return blamed


def _excuse_by_base(plan: Plan, journey: str, blamed: dict[tuple[Cell, str], Outcome]) -> None:
    """What a further old replica suffers, or brings about, on the old schema already is no step's doing."""
    for actor in BASE_ACTORS:
        base = blamed.get((Cell(BASE, actor), journey))
        if base is None or base.status is not Status.FAIL:
            continue
        for label in plan.labels:
            outcome = blamed[Cell(label, actor), journey]
            if outcome.status is Status.FAIL and outcome.signatures <= base.signatures:
                reason = f"a further old replica fails so on its own schema too, see {base.cell}"
                blamed[outcome.cell, journey] = replace(outcome, status=Status.INCONCLUSIVE, reason=reason)


def _blame_failed_migration(plan: Plan, blamed: dict[tuple[Cell, str], Outcome]) -> None:
    """A migration that fails is told of its own step alone: for whoever serves while it is applied, old or new."""
    lost = [key for key, o in blamed.items() if any(isinstance(item, MigrationFailed) for item in o.evidence)]
    guilty = next((cell.step for cell, _ in lost if cell.actor is Actor.OLD_WARM and cell.step in plan.labels), None)
    for key in lost:
        if guilty is not None and key[0] not in {Cell(guilty, Actor.OLD_WARM), Cell(guilty, Actor.NEW_WARM)}:
            blamed[key] = replace(blamed[key], inherited_from=guilty)


def _blame_forwards(plan: Plan, journey: str, blamed: dict[tuple[Cell, str], Outcome]) -> None:
    """What broke the old release for good at one step still breaks it at the next, until it was seen to work again.

    Replicas that served before a step have from those that were started behind it, and the other way round, what
    PostgreSQL refused: that names what is missing. A status or a journey's line says less: one half has it from the
    other only where it was not seen to work itself, and copies that are started there have it from no older ones alone.
    """
    for actors in (OLD_HALF, *((actor,) for actor in BOOT_ACTORS)):
        guilty: dict[Actor, dict[str, str]] = {actor: {} for actor in actors}
        for label in plan.labels:
            found = {actor: o for actor in actors if (o := blamed.get((Cell(label, actor), journey))) is not None}
            broken = {actor: outcome for actor, outcome in found.items() if outcome.status is Status.FAIL}
            for actor, outcome in broken.items():
                if (marks := _marks(outcome)) and set(marks) <= guilty[actor].keys():
                    blamed[outcome.cell, journey] = replace(outcome, inherited_from=guilty[actor][marks[0]])
            if found and all(outcome.status is Status.PASS for outcome in found.values()):
                guilty = {actor: {} for actor in actors}
                continue
            own = {
                actor: {mark: guilty[actor].get(mark, label) for mark in _explained(_marks(outcome))}
                for actor, outcome in broken.items()
            }
            shown = {text: origin for one in own.values() for text, origin in one.items()}
            guilty = {actor: {**shown, **guilty[actor], **own.get(actor, {})} for actor in actors}
            for actor in actors:
                if actor in found and found[actor].status in _WORKS:
                    guilty[actor] = {text: origin for text, origin in guilty[actor].items() if is_refusal(text)}


def _marks(outcome: Outcome) -> tuple[str, ...]:
    """What a failure shows: of what PostgreSQL does not name, whether older copies alone do, by rows that they had."""
    return tuple(
        f"{_OLDER}{text}" if isinstance(item, Attempted) and item.origin != FRESH and not is_refusal(text) else text
        for item in outcome.evidence
        if (text := signature(item))
    )


def _explained(marks: Iterable[str]) -> Iterator[str]:
    """What else may come of the same: a copy that is started there grows older."""
    for mark in marks:
        yield mark
        if not mark.startswith(_OLDER):
            yield f"{_OLDER}{mark}"


def _blame_backwards(plan: Plan, journey: str, blamed: dict[tuple[Cell, str], Outcome]) -> None:
    """What the new release misses before one step it may be missing because of a later one.

    What it suffers ahead of the last step and behind it too, no step heals: it is the old release's data that it cannot
    read, and the rollout's to tell; or what an earlier step does to both releases.
    """
    if not plan.labels:
        return
    last_warm, last_ahead = (
        blamed[Cell(plan.labels[-1], actor), journey] for actor in (Actor.NEW_WARM, Actor.NEW_AHEAD)
    )
    both = last_warm.status is Status.FAIL and last_ahead.status is Status.FAIL
    unhealed = last_warm.signatures & last_ahead.signatures if both else frozenset()
    later = {**dict.fromkeys(unhealed, ROLLOUT), **_broken_for_both(plan, journey, unhealed, blamed)}
    for label in reversed(plan.labels):
        later = {text: origin for text, origin in later.items() if origin != label}
        warm, ahead = (blamed[Cell(label, actor), journey] for actor in (Actor.NEW_WARM, Actor.NEW_AHEAD))
        for outcome in (warm, ahead):
            if outcome.status is Status.FAIL:
                _inherit(outcome, later, blamed)
        if ahead.status is Status.PASS:
            later = {}
        elif ahead.status is Status.FAIL:
            later = {**later, **{text: later.get(text, label) for text in ahead.signatures}}


def _broken_for_both(
    plan: Plan, journey: str, unhealed: frozenset[str], blamed: dict[tuple[Cell, str], Outcome]
) -> dict[str, str]:
    """The step behind which the old release suffers the same already, though the new one did not ahead of it."""
    found: dict[str, str] = {}
    for label in plan.labels[:-1]:
        ahead, cold = (blamed[Cell(label, actor), journey] for actor in (Actor.NEW_AHEAD, Actor.OLD_COLD))
        if cold.own_failure and ahead.status in _WORKS:
            found |= {text: label for text in unhealed & cold.signatures if text not in found}
    return found


def _blame_rollout(plan: Plan, journey: str, blamed: dict[tuple[Cell, str], Outcome]) -> None:
    """What a step broke by itself, the rollout shows again on the schemas that it goes through.

    The old release is there on the schemas up to the split, the new one from the split on; what the new one suffers
    on earlier schemas is no excuse for what it suffers on these.
    """
    split = split_of(plan)
    old = [Cell(label, actor) for label in plan.labels[:split] for actor in OLD_HALF]
    new = [Cell(label, Actor.NEW_AHEAD) for label in plan.labels[split : split + 1]]
    new += [Cell(label, Actor.NEW_WARM) for label in plan.labels[split:]]
    for actor in ROLLOUT_ACTORS:
        outcome = blamed[Cell(ROLLOUT, actor), journey]
        met = [_without_silent(blamed[cell, journey]) if actor is Actor.NEW else blamed[cell, journey] for cell in old]
        met += [blamed[cell, journey] for cell in new]
        lasting, passing = _known(met, Status.FAIL), _known(met, Status.TRANSIENT)
        if outcome.status in _FAILED:
            _inherit(outcome, lasting if outcome.status is Status.FAIL else {**passing, **lasting}, blamed)


def _without_silent(outcome: Outcome) -> Outcome:
    """What a step did to the old release, as far as it explains what the new one suffers when it serves alone.

    The same error can be the same step's doing; of what only a journey's line says is wrong, that is not known.
    """
    kept = tuple(item for item in outcome.evidence if not is_silent(item))
    return replace(outcome, signatures=frozenset(map(signature, kept)))


def _known(met: list[Outcome], status: Status) -> dict[str, str]:
    """The step that each failure was met at first; what is the rollout's own to tell it cannot have from there."""
    known: dict[str, str] = {}
    for outcome in met:
        origin = outcome.inherited_from or outcome.cell.step
        for text in outcome.signatures if outcome.status is status and origin != ROLLOUT else ():
            known.setdefault(text, origin)
    return known


def _inherit(outcome: Outcome, guilty: dict[str, str], blamed: dict[tuple[Cell, str], Outcome]) -> None:
    """Marks an outcome as inherited where all that it shows is known from another step."""
    if outcome.signatures and outcome.signatures <= guilty.keys():
        first = signature(outcome.evidence[0])
        blamed[outcome.cell, outcome.journey] = replace(outcome, inherited_from=guilty[first])


def boots_of(plan: Plan) -> frozenset[int]:
    """Numbers of the steps of a plan in which replicas are to move the schema by their own start."""
    steps = (item for stage in plan.stages for track in stage.tracks for item in track.steps)
    return frozenset(item.number for item in steps if isinstance(item.step, StartReplicas) and item.step.moves_schema)


def split_of(plan: Plan) -> int:
    """How many steps the rehearsed rollout makes before its first new replica serves."""
    track = next((t for stage in plan.stages for t in stage.tracks if t.name == ROLLOUT), None)
    migrated = 0
    for item in track.steps if track is not None else ():
        match item.step:
            case Migrate():
                migrated += 1
            case StartReplicas(moves_schema=True):
                return len(plan.revisions)
            case StartReplicas(replicas=replicas) if any(r.release == ReleaseName.NEW for r in replicas):
                break
            case _:
                pass
    return migrated
