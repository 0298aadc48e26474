"""What got better and what got worse between two reports of one rehearsal."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, TypeAlias

from harness.errors import ScenarioError
from harness.evidence.expectations import Result
from harness.evidence.identity import identify_finding
from harness.model.cell import SEVERITY, Status, Verdict
from harness.model.finding import Weight
from harness.report.acceptance import fails, identify
from harness.report.change import ABSENT, Change, Difference, Direction, Side

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from harness.model.finding import Finding
    from harness.report.document import AnswerRecord, CheckRecord, Document, OutcomeRecord, StepRecord

_FAILED = frozenset({Status.FAIL, Status.TRANSIENT})
#: Whether the old release works on what the new one wrote, in words; and these from worst to best.
_BACK = {True: "works", None: "not seen", False: "fails"}
_ROLL_BACK = ("fails", "not seen", "works")


def compare_documents(before: Document, after: Document) -> Difference:
    """Compares two reports.

    Findings are the same where :mod:`harness.evidence.identity` says so: one that another journey shows in the same
    cell this time is no new one.

    Args:
        before: What was.
        after: What is.

    Raises:
        ScenarioError: They are of different rehearsals.
    """
    if before.name != after.name:
        raise ScenarioError(
            f"the first report is of {before.name}, and the second of {after.name}: compare reports of one rehearsal"
        )
    told = {
        "cells": list(_group(_compare_cells(before, after))),
        "checks": list(_compare_checks(before, after)),
        "verdicts": list(_compare_verdicts(before, after)),
        "answers": list(_compare_answers(before, after)),
    }
    changes = [change for part in ("answers", "verdicts", "cells", "checks") for change in told[part]]
    order = list(Direction)
    return Difference(
        name=before.name,
        before=_side(before, after),
        after=_side(after, before),
        changes=tuple(
            sorted(
                (change for change in changes if change.direction is not Direction.SAME),
                key=lambda change: order.index(change.direction),
            )
        ),
        same={
            part: sum(len(change.names) or 1 for change in found if change.direction is Direction.SAME)
            for part, found in told.items()
        },
    )


def _side(document: Document, other: Document) -> Side:
    steps, journeys = {step.label for step in other.steps}, set(other.journeys)
    return Side(
        old=document.old,
        new=document.new,
        steps=tuple(step.label for step in document.steps if step.label not in steps),
        journeys=tuple(name for name in document.journeys if name not in journeys),
    )


_Place: TypeAlias = tuple[str, str]


def _findings(document: Document) -> dict[_Place, dict[str, int]]:
    """What fails in each cell, each part of it by its id, with the worst status that it has there."""
    found: dict[_Place, dict[str, int]] = defaultdict(dict)
    for outcome in document.outcomes:
        if outcome.status in _FAILED:
            known = found[outcome.step, outcome.actor]
            for part in identify(outcome).parts:
                known[part] = min(SEVERITY.index(outcome.status), known.get(part, len(SEVERITY)))
    return found


def _red(document: Document) -> frozenset[str]:
    """Ids of all that fails an item."""
    return frozenset(
        part for outcome in document.outcomes if outcome.result is Result.FAILED for part in identify(outcome).parts
    )


def _is_among(outcome: OutcomeRecord, ids: frozenset[str]) -> bool:
    return not ids.isdisjoint(identify(outcome).parts)


def _worst(outcome: OutcomeRecord, known: Mapping[str, int]) -> int | None:
    """The worst status of what an outcome shows, where all of that is known."""
    parts = identify(outcome).parts
    return min(known[part] for part in parts) if known.keys() >= set(parts) else None


def _compare_cells(before: Document, after: Document) -> Iterator[Change]:
    """One change for each cell and journey that both reports have, or that fails in one of them."""
    mine = {(o.step, o.actor, o.journey): o for o in before.outcomes}
    theirs = {(o.step, o.actor, o.journey): o for o in after.outcomes}
    known, found, red = _findings(before), _findings(after), _red(before)
    for key in dict.fromkeys([*theirs, *mine]):
        was, is_ = mine.get(key), theirs.get(key)
        place = key[0], key[1]
        if is_ is not None and is_.status in _FAILED:
            direction = _judge_failure(was, is_, _worst(is_, known[place]), red=_is_among(is_, red))
        elif was is not None and was.status in _FAILED:
            there = _worst(was, found[place])
            still = there is not None and there <= SEVERITY.index(was.status)
            healed = is_ is not None and is_.status is Status.PASS
            direction = Direction.SAME if still else Direction.BETTER if healed else Direction.CHANGED
        elif was is None or is_ is None:
            continue  # a journey or a step that the other report has not, and that fails nothing
        else:
            direction = _judge_sight(was.status, is_.status, promised=is_.promised)
        yield Change(
            direction=direction,
            step=key[0],
            what=key[1],
            before=_word(was),
            after=_word(is_),
            names=(key[2],),
            why=_why(was, is_, direction),
        )


def _why(was: OutcomeRecord | None, is_: OutcomeRecord | None, direction: Direction) -> str:
    """What happened where it fails, or is not seen any more; what had happened where it failed before."""
    failing = [one for one in (is_, was) if one is not None and one.status in _FAILED]
    if not failing:
        return is_.reason if is_ is not None else ""
    one = failing[0]
    if one.inherited_from:
        return f"inherited from {one.inherited_from}"
    told = one.story.headline if one.story is not None else one.reason
    if one is is_ and direction is not Direction.SAME and one.result is Result.XFAILED:
        return f"{told} ({one.result_reason})"
    if one is is_ and was is not None and was.status in _FAILED and was.result is Result.XFAILED:
        return f"{told} (before: {was.result_reason})"
    return told


def _judge_failure(was: OutcomeRecord | None, is_: OutcomeRecord, known: int | None, *, red: bool) -> Direction:
    """Of what fails in the second report; what is inherited is judged in the step that it comes from.

    Args:
        was: The same journey in the same cell of the first one.
        is_: What it is.
        known: The worst status of the same finding in that cell of the first one.
        red: Whether it failed an item there.
    """
    if known is not None and known <= SEVERITY.index(is_.status):
        fails_now = is_.result is Result.FAILED
        if fails_now is not red:
            return Direction.WORSE if fails_now else _judge_ruling(promised=is_.promised)
        eased = was is not None and was.status is Status.FAIL and is_.status is Status.TRANSIENT
        return Direction.BETTER if eased else Direction.SAME
    return Direction.WORSE if is_.result is Result.FAILED else Direction.CHANGED


def _judge_ruling(*, promised: bool) -> Direction:
    """Of what fails no item any more and is there all the same: nothing was mended, but nobody may meet it any more."""
    return Direction.CHANGED if promised else Direction.BETTER


def _judge_sight(was: Status, is_: Status, *, promised: bool) -> Direction:
    """Of what fails in neither report: whether it is seen to work."""
    if (was is Status.PASS) == (is_ is Status.PASS):
        return Direction.SAME
    if is_ is Status.PASS:
        return Direction.BETTER
    return Direction.WORSE if promised else Direction.CHANGED


def _word(outcome: OutcomeRecord | None) -> str:
    if outcome is None:
        return ABSENT
    return f"({outcome.status})" if outcome.inherited_from and outcome.status in _FAILED else outcome.status.value


def _group(changes: Iterator[Change]) -> Iterator[Change]:
    """Journeys to which the same happened in one cell, together."""
    together: dict[tuple[object, ...], Change] = {}
    for one in changes:
        key = (one.direction, one.step, one.what, one.before, one.after)
        first = together.get(key)
        names = one.names if first is None else (*first.names, *one.names)
        why = one.why if first is None else first.why
        together[key] = Change(
            direction=one.direction,
            step=one.step,
            what=one.what,
            before=one.before,
            after=one.after,
            names=names,
            why=why,
        )
    yield from together.values()


def _compare_checks(before: Document, after: Document) -> Iterator[Change]:
    """Findings by what they are, and whether a check could see anything."""
    mine = {(c.step, c.check): c for c in before.checks}
    theirs = {(c.step, c.check): c for c in after.checks}
    for key in dict.fromkeys([*theirs, *mine]):
        was, is_ = mine.get(key), theirs.get(key)
        known, found = _failing(was), _failing(is_)
        step, check = key

        def change(direction: Direction, why: str = "", *, check: str = check, step: str = step) -> Change:
            words = [
                one.status.value if one else ABSENT for one in (mine.get((step, check)), theirs.get((step, check)))
            ]
            return Change(direction=direction, step=step, what=check, before=words[0], after=words[1], why=why)

        told = []
        if is_ is not None:
            failed = Direction.WORSE if is_.result is Result.FAILED else Direction.CHANGED
            told += [change(failed, finding.headline) for id_, finding in found.items() if id_ not in known]
        if was is not None and is_ is not None:
            for id_, finding in found.items():
                if id_ in known and fails(is_, finding) is not fails(was, known[id_]):
                    ruling = Direction.WORSE if fails(is_, finding) else _judge_ruling(promised=is_.promised)
                    told.append(change(ruling, _why_ruled(was, is_, known[id_], finding)))
        seen = is_ is not None and is_.status in {Status.PASS, Status.FAIL}
        gone = Direction.BETTER if seen else Direction.CHANGED
        told += [change(gone, finding.headline) for id_, finding in known.items() if id_ not in found]
        if not told and was is not None and is_ is not None and not (known or found):
            told = [change(_judge_sight(was.status, is_.status, promised=is_.promised), is_.reason)]
        if was is not None and is_ is not None:
            told = told or [change(Direction.SAME)]
        yield from told


def _why_ruled(was: CheckRecord, is_: CheckRecord, before: Finding, after: Finding) -> str:
    """What a finding is that fails its item now and did not, or the reverse, and why."""
    check, finding = (was, before) if fails(is_, after) else (is_, after)
    reason = finding.acceptance.text if finding.acceptance is not None else check.result_reason
    said = f"before: {reason}" if check is was and reason else reason
    return f"{after.headline} ({said})" if said else after.headline


def _failing(check: CheckRecord | None) -> dict[str, Finding]:
    if check is None:
        return {}
    failing = [finding for finding in check.findings if finding.weight is Weight.FAIL]
    return {identify_finding(check.step, check.check, finding).id: finding for finding in failing}


def _compare_verdicts(before: Document, after: Document) -> Iterator[Change]:
    mine = {step.label: step for step in before.steps}
    for step in after.steps:
        was = mine.get(step.label)
        if was is not None:
            direction = _judge_verdict(was, step)
            why = "" if step.agrees is not False else f"the settings run it {step.when} the code"
            yield Change(
                direction=direction, step=step.label, what="verdict", before=was.verdict, after=step.verdict, why=why
            )


def _judge_verdict(was: StepRecord, is_: StepRecord) -> Direction:
    """A step that can be run at any time is better than one that cannot, and one that is known than one that is not."""
    if was.verdict is is_.verdict and was.agrees is is_.agrees:
        return Direction.SAME
    if is_.verdict is Verdict.UNTESTED:
        return Direction.WORSE
    if was.verdict is Verdict.UNTESTED:
        return Direction.BETTER if is_.agrees else Direction.WORSE
    if was.agrees is not is_.agrees:
        return Direction.BETTER if is_.agrees else Direction.WORSE
    if Verdict.NEITHER in {was.verdict, is_.verdict}:
        return Direction.WORSE if is_.verdict is Verdict.NEITHER else Direction.BETTER
    return Direction.BETTER if is_.verdict is Verdict.EITHER else Direction.CHANGED


def _compare_answers(before: Document, after: Document) -> Iterator[Change]:
    was, is_ = before.answer, after.answer
    if was is None or is_ is None:
        return
    order = _judge_words(was.splits, is_.splits, int(bool(was.splits)), int(bool(is_.splits)))
    deploy = [_say_deploy(answer) for answer in (was, is_)]
    yield Change(direction=order, step="", what="deploy", before=deploy[0], after=deploy[1], why=is_.advice)
    back = _BACK[was.can_roll_back], _BACK[is_.can_roll_back]
    yield Change(
        direction=_judge_words(*back, _ROLL_BACK.index(back[0]), _ROLL_BACK.index(back[1])),
        step="",
        what="roll back",
        before=back[0],
        after=back[1],
    )
    labels = was.no_restart_from, is_.no_restart_from
    words = [f"fails from {label} on" if label else "works" for label in labels]
    healed = labels[0] is not None and labels[1] is None  # whether anybody relies on the contrary, its cells say
    direction = Direction.BETTER if healed else _judge_words(*labels, 0, 0)
    yield Change(direction=direction, step="", what="restart", before=words[0], after=words[1])


def _judge_words(was: object, is_: object, rank_was: int, rank_is: int) -> Direction:
    if rank_was != rank_is:
        return Direction.BETTER if rank_is > rank_was else Direction.WORSE
    return Direction.SAME if was == is_ else Direction.CHANGED


def _say_deploy(answer: AnswerRecord) -> str:
    return (
        f"possible in {len(answer.splits)} order{'s' if len(answer.splits) > 1 else ''}"
        if answer.splits
        else "not safe"
    )
