"""One rehearsal from its settings to its report: lists the steps, plans, walks, judges, plans the rollout, writes."""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import psycopg

from harness.beginning import leave_rest_out, tell_beginning
from harness.chain import list_pairs, narrow
from harness.config import load_chain
from harness.errors import HarnessError, RolldeployError
from harness.evidence.checks import CHECKS, breaks_old, check_keys, failed_request, judge_checks, lock_wait
from harness.evidence.expectations import check_expectations
from harness.evidence.journal import JOURNAL_NAME, write_journal
from harness.evidence.outcomes import judge_outcomes
from harness.evidence.verdicts import choose_split, judge
from harness.formats import folder_name
from harness.model.cell import ROLLOUT, Status
from harness.model.events import Ended
from harness.model.revision import schedule_steps
from harness.model.rollout import Kind, When
from harness.model.task import place_tasks
from harness.model.tracks import TrackBegunAgain
from harness.plan.codec import PLAN_NAMES, digest, encode_plan
from harness.plan.planner import plan_walk
from harness.plan.rollout import plan_rollout_at
from harness.plan.subject import Earlier, Subject, plan_cells
from harness.plan.traffic import plan_second_look, plan_traffic, starts_beside_rollout
from harness.report.document import REPORT_NAME, encode_document
from harness.report.judging import judge_run, look_back
from harness.runtime.environment import Site, Stagehands
from harness.runtime.inside import Inside
from harness.runtime.installing import check_first_state, install_releases
from harness.runtime.listing import list_steps
from harness.runtime.runner import Runner
from harness.runtime.statements import read_statements
from harness.runtime.waiting import now
from harness.secrets import Redactor
from harness.settings_deploy import render_open, render_read
from harness.traffic.driver import Driver

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping
    from pathlib import Path

    from harness.evidence.checks import CheckKey
    from harness.model.cell import Cell
    from harness.model.events import Event
    from harness.model.revision import Revision
    from harness.model.rollout import Schedule
    from harness.model.settings import Settings
    from harness.model.task import Task
    from harness.model.waiver import Baseline, Waivers
    from harness.plan.steps import Plan
    from harness.report.document import Document
    from harness.runtime.forks import Forks
    from harness.runtime.installed import Installed
    from harness.runtime.parts import Onlooker
    from harness.runtime.postgres import Server
    from harness.runtime.reaper import Session
    from harness.traffic.driver import Cast


@dataclass(frozen=True, kw_only=True)
class Listing:
    """What can be known without a server and without the application: settings, code, steps.

    Args:
        settings: All of them.
        releases: Both releases; in a chain those before them too.
        revisions: The steps of the schema, in the order in which they are run.
        schedule: When each of them is run.
        tasks: One-off tasks, each with the label of the step that it is run behind.
        statements: What production sends, by the user's file.
        earlier: The releases of a chain before the old one, and the steps that lead from each to the next.
        base: Ids and labels of all revisions that the old release has; None where nobody can be asked.
        waivers: Findings that are accepted; None until somebody looked for them.
        baseline: Findings that were there before, if only new ones are to fail.
    """

    settings: Settings
    releases: Mapping[str, Installed]
    revisions: tuple[Revision, ...]
    schedule: Schedule
    tasks: tuple[Task, ...] = ()
    statements: tuple[str, ...] = ()
    earlier: tuple[Earlier, ...] = ()
    base: frozenset[str] | None = None
    waivers: Waivers | None = None
    baseline: Baseline | None = None

    @property
    def slug(self) -> str:
        """Name of its folder in a report."""
        return folder_name(self.settings.name)

    def subject(self, journeys: tuple[str, ...]) -> Subject:
        """What the planner needs."""
        return Subject(
            name=self.settings.name,
            revisions=self.revisions,
            journeys=journeys,
            strategy=self.settings.strategy,
            old_boot=self.settings.old.boot is not None,
            old_bypass=bool(self.settings.old.bypass),
            new_boot=self.settings.new.boot is not None,
            seed=self.settings.seed,
            background_s=self.settings.background_s,
            restricted=self.settings.app_role.restricted,
            at_boot=self.settings.migrations.when is When.AT_BOOT and bool(self.revisions),
            earlier=self.earlier,
            old_runs=self.settings.old.running is not None,
            load=self.settings.load,
            tear=self.settings.kill_migrator,
            tasks=self.tasks,
            split=self.schedule.split([revision.label for revision in self.revisions]),
        )

    def cells(self) -> tuple[Cell, ...]:
        """Every cell, in the order of the walk."""
        return plan_cells(self.subject(()))

    def site(self, server: Server, session: Session, forks: Forks, logs: Path, redact: Redactor) -> Site:
        """What everything that touches the outside world is made of."""
        whose = f"{session.directory}{self.settings.path}{self.settings.pair or ''}"
        return Site(
            settings=self.settings,
            releases=self.releases,
            server=server,
            session=session,
            forks=forks,
            folder=logs,
            prefix="rd_" + hashlib.sha256(whose.encode()).hexdigest()[:8],
            redact=redact,
            statements=self.statements,
        )

    def checks(self) -> tuple[CheckKey, ...]:
        """Every step at which a check asks."""
        labels = [revision.label for revision in self.revisions]
        return check_keys(labels, self.schedule.when, tasks=bool(self.tasks))


def list_rehearsals(
    path: Path,
    *,
    default_name: str,
    session: Session,
    forks: Forks,
    tell: Callable[[str], None],
    warn: Callable[[str], None],
    wait: Callable[[str, float], None],
    stdin: Callable[[], str],
) -> tuple[Listing, ...]:
    """Reads settings and histories: of one rehearsal, or of one for each two releases of a chain.

    Args:
        path: The settings file.
        default_name: Name of the rehearsal where the settings give none.
        session: Told of worktrees and processes.
        forks: Starts what needs Alembic.
        tell: Gets a line about what takes long, or was read elsewhere.
        warn: Gets a line about what was not understood there.
        wait: Told again and again what is waited for, and for how many seconds it has been.
        stdin: Reads standard input.

    Raises:
        ScenarioError: Something in it is wrong.
    """
    chain = load_chain(path, default_name=default_name, checks=frozenset(check.name for check in CHECKS), stdin=stdin)
    for line in render_read(chain[0].read_from):
        tell(line)
    for line in render_open(chain[0].read_from):
        warn(line)
    return list_pairs(chain, lambda settings: _list_rehearsal(settings, session, forks, tell, wait))


def _list_rehearsal(
    settings: Settings,
    session: Session,
    forks: Forks,
    tell: Callable[[str], None],
    wait: Callable[[str, float], None],
) -> Listing:
    path = settings.path
    check_first_state(settings)
    statements = tuple(read_statements(path.parent / settings.statements)) if settings.statements else ()
    releases = install_releases(settings, session, tell, wait)
    folder = session.directory / "histories" / hashlib.sha256(f"{path} {settings.pair}".encode()).hexdigest()[:8]
    revisions, base = list_steps(settings, releases, folder, session, forks)
    settings = narrow(settings, revisions)
    revisions, schedule = schedule_steps(revisions, settings.migrations.when, settings.migrations.after)
    if settings.strategy.kind is Kind.RECREATE and schedule.when is When.AT_BOOT:
        schedule = replace(schedule, apart=True)
    listing = Listing(
        settings=settings,
        releases=releases,
        revisions=revisions,
        schedule=schedule,
        tasks=place_tasks(settings.tasks, revisions),
        statements=statements,
        base=base,
    )
    check_expectations(settings.expect, revisions, listing.cells(), listing.checks(), path.name)
    return listing


def plan_all(listing: Listing, journeys: tuple[str, ...]) -> tuple[Plan, Plan, Plan]:
    """The walk, the rollout as it is rehearsed where the walk finds nothing against the configured order, the rest."""
    subject = listing.subject(journeys)
    walk = plan_walk(subject)
    split = choose_split((), listing.schedule, walk.labels)
    rollout = plan_rollout_at(subject, split, first_number=walk.last_number + 1)
    return walk, rollout, plan_traffic(subject, first_number=rollout.last_number + 1)


def rehearse(
    listing: Listing, cast: Cast, server: Server, *, session: Session, forks: Forks, folder: Path, onlooker: Onlooker
) -> Document:
    """Runs a rehearsal and writes its report.

    Args:
        listing: Settings, code and steps.
        cast: The journeys.
        server: Where the databases are made.
        session: Told of everything that is started.
        forks: Starts what needs Alembic.
        folder: Gets report, journal, plans and logs.
        onlooker: Told how far it is.

    Raises:
        ScenarioError: The control run fails, or a release does not start on its own schema.
        HarnessError: The machine or the server failed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    redact = Redactor([server.password])
    run = _Run(listing, cast, redact, onlooker)
    began, error = now(), ""
    try:
        run.perform(server, session, forks, folder / "logs")
    except RolldeployError as caught:
        told = caught.retold(redact)
        error = str(told)
        raise told from None
    except (psycopg.Error, OSError) as caught:
        if was_interrupted(caught):
            raise KeyboardInterrupt from None
        failed = machine_failed(caught, redact)
        error = str(failed)
        raise failed from caught
    finally:
        run.events.append(Ended(duration_s=round(now() - began, 3), error=error))
        write_journal(folder / JOURNAL_NAME, run.events)
        for plan, name in zip(run.plans, PLAN_NAMES, strict=False):
            (folder / name).write_bytes(encode_plan(plan))
        for log in (folder / "logs").glob("*.log"):
            log.write_text(redact(log.read_text(encoding="utf-8", errors="replace")), encoding="utf-8")
    document = run.judge()
    (folder / REPORT_NAME).write_bytes(encode_document(document))
    return document


def was_interrupted(error: BaseException) -> bool:
    """Whether it came of taking everything down behind Ctrl-C, which is then all that there is to tell."""
    found: BaseException | None = error
    while found is not None and not isinstance(found, KeyboardInterrupt):
        found = found.__context__
    return found is not None


def machine_failed(error: Exception, redact: Redactor) -> HarnessError:
    """What is said where the server or the machine failed, and not the application."""
    first = (str(error).splitlines() or [""])[0]
    return HarnessError(
        redact(f"the server or the machine failed during the rehearsal: {type(error).__name__}: {first}")
    )


class _Run:
    """The walk, and then the rollout in the order that the walk found, with the rest beside it."""

    def __init__(self, listing: Listing, cast: Cast, redact: Redactor, onlooker: Onlooker) -> None:
        self.plans = [plan_walk(listing.subject(tuple(cast.journeys)))]
        self.events: list[Event] = []
        self._listing = listing
        self._cast = cast
        self._redact = redact
        self._onlooker = onlooker

    def perform(self, server: Server, session: Session, forks: Forks, logs: Path) -> None:
        """Does everything; what happened is in ``events`` even where it ends early."""
        listing, settings = self._listing, self._listing.settings
        self.events.extend(tell_beginning(listing, server, self._redact, self._cast))
        site = listing.site(server, session, forks, logs, self._redact)
        driver = Driver(self._cast.journeys, self._cast.fixtures, self._redact, settings.patience)
        try:
            with Stagehands(site) as hands:
                driver.let_inside(Inside(hands.fleet, hands.workspace, settings.patience.request_s))
                runner = Runner(hands, driver, self._onlooker)
                self._collect(runner.run(self.plans[0]))
                if self._cast.walk_alone:
                    self.events.append(leave_rest_out(self.plans[0], listing))
                    return
                self.plans.append(self._plan_rollout())
                self.plans.append(plan_traffic(self._subject(), first_number=self.plans[1].last_number + 1))
                together = starts_beside_rollout(self._subject())
                for plans in [self.plans[1:]] if together else [[plan] for plan in self.plans[1:]]:
                    self._collect(runner.run(*plans))
                doubtful = self._look_again()
                if doubtful:
                    first_number = self.plans[2].last_number + 1
                    self.plans.append(plan_second_look(self._subject(), doubtful, first_number=first_number))
                    self._collect(runner.run(self.plans[3]))
        finally:
            driver.close()

    def judge(self) -> Document:
        """Judges what happened."""
        return judge_run(self.plans, [digest(plan) for plan in self.plans], self.events)

    def _collect(self, events: Iterator[Event]) -> None:
        with contextlib.closing(cast("Generator[Event]", events)) as source:
            for event in source:
                if isinstance(event, TrackBegunAgain):
                    self.events = [one for one in self.events if not event.supersedes(one)]
                self.events.append(event)

    def _plan_rollout(self) -> Plan:
        walk, schedule = self.plans[0], self._listing.schedule
        broken = breaks_old(judge_checks(look_back(self.plans, self.events)))
        answer = judge(walk, judge_outcomes(walk, self.events), schedule, broken)
        split = choose_split(answer.splits, schedule, walk.labels)
        return plan_rollout_at(self._subject(), split, first_number=walk.last_number + 1)

    def _look_again(self) -> tuple[str, ...]:
        """Steps at which requests waited too long, or failed: that may have been the machine, or chance."""
        timeline = look_back(self.plans, self.events)
        labels = (*timeline.plan.labels, ROLLOUT)
        return tuple(
            label
            for label in labels
            if lock_wait.judge(timeline, label).status is Status.FAIL or failed_request.is_doubtful(timeline, label)
        )

    def _subject(self) -> Subject:
        return self._listing.subject(tuple(self._cast.journeys))
