"""Plans as they are printed, reviewed as text."""

from __future__ import annotations

import re

import pytest

from harness.model.rollout import Strategy
from harness.model.settings import Load
from harness.plan.codec import digest
from harness.plan.planner import plan_walk
from harness.plan.render import describe_step, render_plan
from harness.plan.rollout import plan_rollout_at
from harness.plan.steps import CloneDatabase, Plan
from harness.plan.traffic import plan_second_look, plan_traffic
from plan.golden_files import assert_golden
from plan.subjects import EARLIER, make_subject

ONE_STEP = plan_walk(make_subject(1))
TWO_STEPS = make_subject(2)
AT_BOOT = make_subject(2, strategy=Strategy(max_surge="100%"), at_boot=True, new_boot=True)
DISTURBED = make_subject(1, load=Load(long_transaction_s=1.5), split=0)
NEVER_BOTH = make_subject(1, strategy=Strategy(replicas=1, max_surge="0", max_unavailable="1"))


@pytest.mark.parametrize(
    ("name", "plan"),
    [
        ("walk_of_one_step.txt", ONE_STEP),
        ("walk_of_two_steps_with_boot.txt", plan_walk(make_subject(2, old_boot=True, new_boot=True, seed="seed.sql"))),
        ("walk_behind_two_earlier_releases.txt", plan_walk(make_subject(1, ("order",), earlier=EARLIER))),
        ("rollout_with_all_steps_after_the_code.txt", plan_rollout_at(TWO_STEPS, 0, first_number=100)),
        ("rollout_with_one_step_before_the_code.txt", plan_rollout_at(TWO_STEPS, 1, first_number=100)),
        ("rollout_with_all_steps_before_the_code.txt", plan_rollout_at(TWO_STEPS, 2, first_number=100)),
        ("rollout_with_all_steps_at_boot.txt", plan_rollout_at(AT_BOOT, 0, first_number=100)),
        ("traffic_of_two_steps.txt", plan_traffic(TWO_STEPS, first_number=200)),
        ("traffic_with_a_long_transaction.txt", plan_traffic(DISTURBED, first_number=200)),
        ("second_look_at_one_step_and_the_whole.txt", plan_second_look(TWO_STEPS, ["0002_second", "rollout"])),
        ("rollout_in_which_the_releases_never_meet.txt", plan_rollout_at(NEVER_BOTH, 1, first_number=100)),
    ],
)
def test_a_plan_is_printed_as_a_numbered_tree(name: str, plan: Plan) -> None:
    text, replaced = re.subn(r"^plan [0-9a-f]{8} ", "plan <digest> ", render_plan(plan))
    assert replaced == 1
    assert_golden(__file__, name, text)


def test_the_first_line_names_the_plan_by_its_digest() -> None:
    assert render_plan(ONE_STEP).startswith(f"plan {digest(ONE_STEP)} of orders: 1 migrations, 2 journeys, ")


def test_a_step_without_a_cell_is_described_alone() -> None:
    assert describe_step(CloneDatabase(source="seed", target="live")) == "clone seed to live"
