"""What is answered while a new replica migrates, and once its migration failed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from evidence.builders import make_plan, rehearsed
from harness.evidence.checks.boot_order import judge
from harness.evidence.timeline import Timeline
from harness.model.boots import AskedMeanwhile, Booted
from harness.model.cell import ROLLOUT, Status
from harness.model.events import Migrated
from harness.model.finding import Weight

if TYPE_CHECKING:
    from harness.model.events import Event
    from harness.model.finding import Judgement

PLAN = make_plan(1, at_boot=True)
NAME = "new-together-1"
GOOD = AskedMeanwhile(replica=NAME, live="", ready=False)
HELD = Booted(
    number=90,
    replicas=(NAME,),
    cut=False,
    waited=(NAME,),
    asked=(GOOD,),
    has_liveness=True,
    ready=(NAME,),
    failed=(),
    complete=True,
)
CUT = replace(HELD, cut=True, ready=(), failed=((NAME, "exited with status 1"),), complete=False)


def judged(*events: Event) -> Judgement:
    return judge(Timeline(plan=PLAN, events=rehearsed(PLAN, *events), outcomes={}), ROLLOUT)


def test_liveness_that_answers_and_readiness_that_waits_pass() -> None:
    assert judged(HELD, CUT).findings == ()


def test_whoever_is_ready_before_its_migration_is_over_is_told() -> None:
    found = judged(replace(HELD, asked=(replace(GOOD, ready=True),)))
    assert found.findings[0].headline == f"{NAME} said to be ready before the steps were made"


def test_whoever_does_not_answer_liveness_meanwhile_is_killed_in_its_migration() -> None:
    found = judged(replace(HELD, asked=(replace(GOOD, live="got no answer (ConnectionRefusedError)"),)))
    assert found.findings[0].headline == f"{NAME} did not answer liveness while the migration ran"


SILENT = replace(GOOD, live="got no answer (ConnectionRefusedError)", startup="got no answer (ConnectionRefusedError)")


def migrated(duration_s: float) -> Migrated:
    return Migrated(database="lane", revision="0001", number=89, duration_s=duration_s)


def test_nobody_asks_what_is_not_there_while_an_init_container_runs() -> None:
    apart = AskedMeanwhile(replica=NAME, live="", ready=False, apart=True)
    found = judged(replace(HELD, asked=(apart,), has_liveness=False))
    assert (found.status, found.findings) == (Status.PASS, ())


def test_a_startup_probe_that_is_patient_enough_spares_a_silent_replica() -> None:
    found = judged(migrated(2.5), replace(HELD, asked=(SILENT,), startup_s=30.0))
    assert found.status is Status.PASS
    assert "one that takes longer than its 30 s is killed" in found.findings[0].headline


def test_a_startup_probe_that_gives_up_before_the_migration_is_over_kills_the_replica() -> None:
    found = judged(migrated(12.0), migrated(40.0), replace(HELD, asked=(SILENT,), startup_s=30.0))
    assert found.status is Status.FAIL
    assert "has failed after 30 s" in found.findings[0].headline
    assert found.findings[0].details == ("the migrations took 40.0 s here",)


def test_a_startup_probe_kills_where_there_is_no_liveness_too() -> None:
    found = judged(migrated(40.0), replace(HELD, asked=(replace(SILENT, live=""),), has_liveness=False, startup_s=30.0))
    assert found.status is Status.FAIL


def test_a_startup_probe_that_succeeds_too_early_spares_nobody() -> None:
    found = judged(replace(HELD, asked=(replace(SILENT, startup=""),), startup_s=600.0))
    assert found.status is Status.FAIL
    assert "let that one ask what liveness asks" in found.findings[0].remedy


DEAF = replace(GOOD, live="got no answer (ConnectionRefusedError)")


def test_a_liveness_that_is_patient_enough_spares_a_silent_replica() -> None:
    found = judged(migrated(2.5), replace(HELD, asked=(DEAF,), live_s=90.0))
    assert found.status is Status.PASS
    (finding,) = found.findings
    assert finding.headline == (
        "liveness is not answered while the migration runs: one that takes longer than its 90 s is killed"
    )
    assert finding.details == ("the migrations took 2.5 s here, and may take longer where tables are larger",)


@pytest.mark.parametrize(("took_s", "live_s"), [(0.1, 30.0), (0.1, 3.0), (0.1, None), (90.0, 90.0), (120.0, 90.0)])
def test_a_liveness_that_nobody_made_patient_or_not_enough_kills(took_s: float, live_s: float | None) -> None:
    found = judged(migrated(took_s), replace(HELD, asked=(DEAF,), live_s=live_s))
    assert found.status is Status.FAIL
    assert found.findings[0].headline == f"{NAME} did not answer liveness while the migration ran"


def test_without_a_liveness_it_is_said_that_nobody_was_asked() -> None:
    found = judged(replace(HELD, has_liveness=False))
    assert (found.status, found.findings[0].weight) == (Status.PASS, Weight.NOTE)


def test_whoever_serves_though_its_migration_failed_is_told_but_not_whoever_tried_again() -> None:
    assert judged(HELD, replace(CUT, ready=(NAME,), failed=())).status is Status.FAIL
    assert judged(HELD, replace(CUT, ready=(NAME,), failed=(), complete=True)).status is Status.PASS


def test_where_nobody_migrated_nothing_is_known() -> None:
    assert judged(replace(HELD, asked=())).status is Status.UNTESTED
    assert judged().status is Status.SKIPPED


def test_whoever_never_migrates_is_told_by_the_rollout_and_not_here() -> None:
    never = replace(HELD, waited=(), asked=(), complete=False)
    assert judged(never, replace(never, cut=True)).status is Status.UNTESTED


def test_whoever_tried_again_and_changed_rows_twice_is_told() -> None:
    twice = replace(CUT, ready=(NAME,), failed=(), complete=True, rows=("cards",))
    assert "left other rows in cards" in judged(HELD, twice).findings[0].headline
