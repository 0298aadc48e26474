"""The report as one page: offline, without JavaScript, with everything that applications returned escaped."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from harness.model.cell import BASE, ROLLOUT, Status
from harness.plan.render import describe_step
from harness.report.anchors import of_column, of_plan_step, of_step
from harness.report.answer import conclude, find_order, say_verdict
from harness.report.chain import HEADING, list_reasons, list_rows
from harness.report.findings import TITLES, Group, find_troubles
from harness.report.matrix import LEGEND, cell_word, check_word, columns_of, untouched, word_of
from harness.report.recording import Recording
from harness.report.said import Mood, Said
from harness.report.talks import tell_scenes
from harness.report.timeline import draw_timeline
from harness.report.waivers import tell_unused

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.report.document import Document
    from harness.report.findings import Trouble
    from harness.report.marks import Tick, Wait

#: Name of the file beside the document.
PAGE_NAME = "rolldeploy.html"
#: Findings of one group that are told in full; the terminal and the document have all of them.
_MOST_TROUBLES = 200
#: Of the journeys that show one finding, so many are listed.
_MOST_OUTCOMES = 60


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("harness.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["px"] = lambda value: f"{value:.1f}".rstrip("0").rstrip(".")
    return environment


def render_html(document: Document, recording: Recording | None = None) -> str:
    """The whole page.

    Args:
        document: The report.
        recording: Plans and events of the same run; without them there is no timeline.
    """
    recording = recording or Recording()
    troubles = find_troubles(document)
    first_failure = next((trouble for trouble in troubles if trouble.group is Group.FAILS), None)
    charts = draw_timeline(recording.plans, recording.events)
    scenes = tell_scenes(recording.events)
    told = {talk.anchor for scene in scenes.values() for talk in scene.talks}
    told |= {line.anchor for scene in scenes.values() for line in (*scene.traffic, *scene.waits)}

    def place_of(mark: Tick | Wait) -> str:
        """Where it is told, or the step of the plan where there was no room for it."""
        return mark.anchor if mark.anchor in told else of_plan_step(mark.number)

    return (
        _environment()
        .get_template("report.html.jinja")
        .render(
            document=document,
            verdict=say_verdict(document),
            answer=(*conclude(document), *(Said("unused", text, Mood.DOUBT) for text in tell_unused([document]))),
            order=find_order(document),
            first_failure=first_failure,
            first_bad_tick=next((tick for chart in charts for tick in chart.ticks if tick.bad), None),
            columns=columns_of(document),
            rows=tuple(_rows(document, troubles)),
            rollout=tuple(_cells(document, ROLLOUT, document.rollout, troubles)),
            base=tuple(_cells(document, BASE, document.base, troubles)) if _shows_base(document) else (),
            chain=tuple(list_rows(document.chain)) if document.chain else (),
            chain_heading=HEADING,
            chain_reasons=tuple(list_reasons(document.chain)) if document.chain else (),
            mood_of_release=_mood_of_release,
            legend=LEGEND,
            groups=tuple(_groups(troubles)),
            most_outcomes=_MOST_OUTCOMES,
            unseen=tuple(_unseen(document)),
            untouched=untouched,
            charts=charts,
            statements={step.label: step.statements for step in document.steps},
            stages=tuple(_stages(recording)),
            scenes=scenes,
            drawn=frozenset(column.number for chart in charts for column in chart.axis.columns),
            of_step=of_step,
            of_column=of_column,
            of_plan_step=of_plan_step,
            place_of=place_of,
        )
    )


def _rows(document: Document, troubles: Sequence[Trouble]) -> Iterator[dict[str, Any]]:
    for step in document.steps:
        cells = []
        for actor in columns_of(document):
            word = cell_word(document, step, actor)
            cells.append(_cell(step.label, actor.value, word, troubles))
        yield {"step": step, "cells": cells, "checks": tuple(_checks(document, step.label, troubles))}


def _cells(
    document: Document, step: str, statuses: dict[str, Status], troubles: Sequence[Trouble]
) -> Iterator[dict[str, str]]:
    for actor, status in statuses.items():
        yield _cell(step, actor, word_of(document, step, actor, status), troubles)


def _cell(step: str, actor: str, word: str, troubles: Sequence[Trouble]) -> dict[str, str]:
    found = next((trouble for trouble in troubles if trouble.step == step and actor in trouble.places), None)
    return {"actor": actor, "word": word, "mood": mood_of(word), "anchor": found.anchor if found else ""}


def _checks(document: Document, step: str, troubles: Sequence[Trouble]) -> Iterator[dict[str, str]]:
    """Checks that failed at a step, for the matrix."""
    for check in document.checks:
        if check.step == step and check.status is Status.FAIL:
            yield _cell(step, check.check, check_word(check), troubles)


def mood_of(word: str) -> str:
    """How a cell looks: by the word in it.

    Args:
        word: As the matrix has it.
    """
    if word in {"FAIL", "TRANSIENT"}:
        return "bad"
    if word == Status.PASS.value:
        return "good"
    if word in {Status.UNTESTED.value, Status.INCONCLUSIVE.value, Status.SKIPPED.value}:
        return "doubt"
    return "quiet" if word == "-" or word.startswith("(") else "known"


def _mood_of_release(word: str) -> str:
    """The same for a release of a chain: nobody relies on it, so that its words are small."""
    return "bad" if word.upper() in {"FAIL", "TRANSIENT"} else mood_of(word)


def _shows_base(document: Document) -> bool:
    return any(status is not Status.PASS for status in document.base.values())


def _groups(troubles: Sequence[Trouble]) -> Iterator[dict[str, Any]]:
    for group in Group:
        mine = [trouble for trouble in troubles if trouble.group is group]
        if mine:
            yield {
                "title": TITLES[group],
                "open": group is Group.FAILS,
                "troubles": mine[:_MOST_TROUBLES],
                "left_out": len(mine[_MOST_TROUBLES:]),
                "count": len(mine),
            }


def _unseen(document: Document) -> Iterator[tuple[str, str]]:
    """Why checks saw nothing, and which."""
    blind = [check for check in document.checks if check.status in {Status.UNTESTED, Status.SKIPPED}]
    for reason in dict.fromkeys(check.reason for check in blind):
        yield reason, ", ".join(dict.fromkeys(check.check for check in blind if check.reason == reason))


def _stages(recording: Recording) -> Iterator[dict[str, Any]]:
    for plan in recording.plans:
        for stage in plan.stages:
            tracks = [
                {
                    "name": track.name if len(stage.tracks) > 1 else "",
                    "steps": [(item.number, describe_step(item.step)) for item in track.steps],
                }
                for track in stage.tracks
            ]
            yield {"name": stage.name, "tracks": tracks}
