"""Schedules of explored rollouts: what fits, what wishes come to, how they are saved and how they are made smaller."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import ScenarioError
from harness.plan.conduct import Barred, Terms, World, advance, alone, keep_fitting, opening, release_of
from harness.plan.schedule import (
    Action,
    Crash,
    KillMigrator,
    Migrate,
    Restart,
    Resume,
    RollBack,
    RollForward,
    RunTask,
    Schedule,
    Start,
    StartReplica,
    StopReplica,
    decode_schedule,
    encode_schedule,
)
from harness.plan.smaller import make_smaller
from harness.plan.survey import read_survey, rerun_steps, survey_new, survey_old, survey_torn
from harness.plan.tale import Tale, Told, Trouble
from harness.plan.wishes import DISTURBANCES, Wish, choose_kind, settle

TERMS = Terms(
    steps=("0002", "0003"),
    split=1,
    journeys=("a_note_is_kept", "a_visit_is_counted"),
    tasks=(("fill", 1),),
)
START = Start(copy=1, journey="a_note_is_kept", replica="old-1")
EVERY = (
    START,
    Resume(copy=1, replica="old-2"),
    KillMigrator(step="0002", point=2),
    Migrate(step="0002"),
    RunTask(task="fill"),
    StartReplica(replica="new-1"),
    StopReplica(replica="old-1"),
    Crash(replica="old-2"),
    Restart(replica="old-2"),
    RollForward(),
    RollBack(),
    RollForward(),
    Migrate(step="0003"),
)
GOLDEN = Path(__file__).parent / "golden" / "explored.json"

wishes = st.lists(
    st.builds(
        lambda number, which, where, drawn, far: Wish(
            kind=choose_kind(number, frozenset(one.name for one in DISTURBANCES)),
            which=which,
            where=where,
            drawn=drawn,
            far=far,
        ),
        st.integers(0, 999),
        st.integers(0, 11),
        st.integers(0, 11),
        st.integers(0, 49),
        st.booleans(),
    ),
    max_size=40,
).map(tuple)


def play(actions: tuple[Action, ...], terms: Terms = TERMS) -> World | None:
    world: World | None = opening(terms)
    for action in actions:
        if world is not None:
            world = advance(terms, world, action)
    return world


def behind(*actions: Action, terms: Terms = TERMS) -> World:
    world = play(actions, terms)
    assert world is not None
    return world


def test_a_whole_rollout_fits() -> None:
    world = behind(*EVERY)
    assert world.up == ("new-1", "new-2")
    assert world.applied == 2


def test_a_saved_schedule_is_the_same_when_it_is_read() -> None:
    schedule = Schedule(rehearsal="notes", actions=(replace(START, values={"text": "hi"}), *EVERY[1:]), finding="lost")
    assert decode_schedule(encode_schedule(schedule)) == schedule


def test_a_schedule_that_was_saved_by_the_first_release_of_the_format_is_read_still() -> None:
    """The file is not written anew where the format grows: that is what it is there for."""
    assert decode_schedule(GOLDEN.read_bytes()).actions == EVERY


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"no json", "not the plan of an exploration"),
        (b"{}", "it has no format; give a file that --rolldeploy-explore wrote"),
        (b'"\xff"', "not the plan of an exploration"),
        (b'{"format": 99, "actions": []}', "format 99"),
        (b'{"format": 1}', "it has no list of actions; give a file that --rolldeploy-explore wrote"),
        (b'{"format": 1, "actions": [1]}', "it has no list of actions"),
        (b'{"format": 1, "actions": [{"kind": "explode"}]}', "unknown record of kind 'explode'"),
        (b'{"format": 1, "actions": []}', "it has no actions; give a file that --rolldeploy-explore wrote"),
        (
            b'{"format": 1, "actions": [{"kind": "migrate", "step": "1"}], "acts": []}',
            "^the plan has unknown keys: acts; there are actions, finding, format, invariants, journeys, rehearsal,",
        ),
        (
            b'{"format": 1, "actions": [{"kind": "roll-back"}, {"kind": "crash", "replica": "old-1", "who": 1}]}',
            "^action 2 of the plan has unknown keys: who; there are kind, replica, unless another release",
        ),
        (
            b'{"format": 1, "actions": [{"kind": "kill-migrator", "step": "1", "point": 0}]}',
            "^action 1 of the plan kills the migrator at point 0: they are counted from 1",
        ),
    ],
)
def test_what_is_no_schedule_is_refused(text: bytes, said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        decode_schedule(text)


@pytest.mark.parametrize(
    ("before", "action"),
    [
        ((), StartReplica(replica="new-1")),  # its step is not done
        ((KillMigrator(step="0002"),), StartReplica(replica="new-1")),  # nor where the migrator died in it
        ((), RollForward()),
        ((), RollBack()),  # there is nothing to go back from
        ((), Migrate(step="0003")),  # not its turn
        ((Migrate(step="0002"),), Migrate(step="0003")),  # the old release serves, and it comes after the code
        ((Migrate(step="0002"), StartReplica(replica="new-1")), StartReplica(replica="new-2")),  # surge
        ((Crash(replica="old-1"),), Crash(replica="old-2")),  # nobody would serve
        ((), StopReplica(replica="old-1")),  # too few would
        ((Crash(replica="old-1"),), Start(copy=1, journey="a_note_is_kept", replica="old-1")),
        ((), Start(copy=2, journey="a_note_is_kept", replica="old-1")),
        ((), Start(copy=1, journey="unheard_of", replica="old-1")),
        ((), Resume(copy=1, replica="old-1")),
        ((), RunTask(task="fill")),  # it needs a step
        ((Migrate(step="0002"), RollForward(), Migrate(step="0003")), RollBack()),  # nobody promised that
    ],
)
def test_what_nobody_promised_does_not_fit(before: tuple[Action, ...], action: Action) -> None:
    assert advance(TERMS, behind(*before), action) is None


def test_what_the_walk_tells_is_not_asked() -> None:
    terms = replace(TERMS, barred=frozenset({Barred(release="old", applied=1, journey="a_note_is_kept")}))
    started = behind(START, terms=terms)
    assert advance(terms, started, Resume(copy=1, replica="old-1")) is not None
    for event in (Migrate(step="0002"), KillMigrator(step="0002")):
        world = behind(START, event, terms=terms)
        assert advance(terms, world, Resume(copy=1, replica="old-1")) is None
        assert advance(terms, world, Start(copy=2, journey="a_visit_is_counted", replica="old-1")) is not None


def test_a_process_that_was_used_up_serves_no_more() -> None:
    again = (Crash(replica="old-1"), Restart(replica="old-1"))
    assert play(again) is not None
    assert play(again * 3) is not None
    assert play(again * 4) is None


@given(wishes)
@settings(derandomize=True, database=None, deadline=None, max_examples=300)
def test_whatever_is_wished_somebody_serves_and_everything_fits(drawn: tuple[Wish, ...]) -> None:
    actions = settle(TERMS, drawn)
    world = opening(TERMS)
    for action in actions:
        after = advance(TERMS, world, action)
        assert after is not None
        world = after
        assert world.up
        assert len(world.up) + len(world.crashed) <= TERMS.replicas + TERMS.surge
        if world.serving("new"):
            assert world.applied >= TERMS.split
        if world.serving("old"):
            assert world.applied <= TERMS.split
    assert keep_fitting(TERMS, actions) == actions


@given(wishes, st.integers(0, 39))
@settings(derandomize=True, database=None, deadline=None, max_examples=300)
def test_one_wish_less_leaves_what_comes_before_it_as_it_was(drawn: tuple[Wish, ...], index: int) -> None:
    shorter = drawn[:index] + drawn[index + 1 :]
    before = settle(TERMS, drawn[:index])
    assert settle(TERMS, drawn)[: len(before)] == before
    assert settle(TERMS, shorter)[: len(before)] == before


def test_a_disturbance_that_is_off_does_not_come_and_shifts_no_other() -> None:
    names = frozenset(one.name for one in DISTURBANCES)
    kinds = {choose_kind(number, names) for number in range(1000)}
    assert kinds == {"start", "resume", "deploy", *names}
    for name in names:
        assert name not in {choose_kind(number, names - {name}) for number in range(1000)}
    assert choose_kind(0, names) == "start"


def test_a_deployment_may_make_all_steps_before_the_code_at_once() -> None:
    terms = replace(TERMS, steps=("0002", "0003", "0004", "0005"), split=3)
    before = (Migrate(step="0002"), Migrate(step="0003"), Migrate(step="0004"))
    far = Wish(kind="deploy", far=True)
    assert settle(terms, (far,)) == before
    assert settle(terms, (Wish(kind="deploy"), far)) == before
    assert settle(terms, (Wish(kind="deploy"),)) == before[:1]
    assert settle(terms, (far, far, far)) == (*before, RollForward(), Migrate(step="0005"))


def test_a_migrator_may_be_killed_in_a_later_step() -> None:
    terms = replace(TERMS, steps=("0002", "0003", "0004"), split=3)
    kill = Wish(kind="kill-migrator", which=1, where=1, far=True)
    assert settle(terms, (kill,)) == (Migrate(step="0002"), KillMigrator(step="0003", point=2))
    assert settle(terms, (replace(kill, far=False),)) == (KillMigrator(step="0002", point=2),)


def test_the_requests_alone_go_to_one_release() -> None:
    assert alone(EVERY, "new") == (replace(START, replica="new-1"), Resume(copy=1, replica="new-1"))


def test_copies_are_numbered_anew_where_one_is_left_out() -> None:
    second = Start(copy=2, journey="a_visit_is_counted", replica="old-1")
    left = keep_fitting(TERMS, [second, Resume(copy=2, replica="old-2"), Resume(copy=1, replica="old-2")])
    assert left == (replace(second, copy=1), Resume(copy=1, replica="old-2"))


def test_the_smallest_schedule_is_found() -> None:
    """It fails where a copy that the old release began is read by the new one."""

    def fails(actions: tuple[Action, ...]) -> bool:
        began = {a.copy for a in actions if isinstance(a, Start) and release_of(a.replica) == "old"}
        return any(isinstance(a, Resume) and a.copy in began and release_of(a.replica) == "new" for a in actions)

    long = settle(
        TERMS,
        (
            Wish(kind="start", which=1, where=1, drawn=7),
            Wish(kind="start", which=0, where=1, drawn=9),
            Wish(kind="crash", where=0),
            Wish(kind="deploy"),
            Wish(kind="deploy", which=2),
            Wish(kind="deploy", which=1),
            *(Wish(kind="resume", which=n, where=n) for n in range(6)),
        ),
    )
    assert fails(long)
    smallest = make_smaller(TERMS, long, fails)
    assert [type(action) for action in smallest[:2]] == [Start, Migrate]
    assert len(smallest) == 4
    assert smallest[0] in {Start(copy=1, journey=name, replica="old-1") for name in TERMS.journeys}
    for index in range(len(smallest)):
        assert not fails(keep_fitting(TERMS, smallest[:index] + smallest[index + 1 :]))


@pytest.mark.parametrize("is_missed", [True, False])
def test_a_migrator_is_killed_in_the_smallest_schedule_only_where_that_matters(is_missed: bool) -> None:
    """A step in one transaction has one commit: a migrator that is to be killed at its second one gets to its end."""
    resumed = Resume(copy=1, replica="old-1")
    read = Resume(copy=1, replica="new-1")
    again = Migrate(step="0002")
    long = (START, KillMigrator(step="0002", point=2), resumed, again, StartReplica(replica="new-1"), read)

    def fails(actions: tuple[Action, ...]) -> bool:
        """What the old release writes between the first attempt and the last request."""
        kills = [index for index, action in enumerate(actions) if isinstance(action, KillMigrator)]
        moved = kills or ([actions.index(again)] if is_missed and again in actions else [])
        behind = actions[moved[0] :] if moved and START in actions else ()
        return resumed in behind and read in behind

    assert fails(long)
    smallest = make_smaller(TERMS, long, fails)
    if is_missed:
        assert smallest == (START, again, resumed, StartReplica(replica="new-1"), read)
    else:
        assert smallest == (long[0], KillMigrator(step="0002", point=1), *long[2:])


def test_a_copy_begins_later_where_a_request_less_would_make_each_another_one() -> None:
    """What matters is that a copy sends its first or third request, which store something, while the step is torn."""
    kill, again, ask = KillMigrator(step="0002"), Migrate(step="0002"), Resume(copy=1, replica="old-1")

    def fails(actions: tuple[Action, ...]) -> bool:
        if kill not in actions or again not in actions:
            return False
        sent = [place for place, action in enumerate(actions) if isinstance(action, Start | Resume)]
        return any(actions.index(kill) < place < actions.index(again) for place in sent[::2])

    long = (START, ask, kill, ask, again)
    assert fails(long)
    smallest = make_smaller(TERMS, long, fails)
    assert smallest == (kill, START, again)


def test_a_journey_that_goes_round_goes_round_no_more_than_it_has_to() -> None:
    """It writes, confirms and reads, again and again: what is read behind a write of the new release is wrong."""
    old, new = Resume(copy=1, replica="old-1"), Resume(copy=1, replica="new-1")
    deploy = (Migrate(step="0002"), StartReplica(replica="new-1"))

    def fails(actions: tuple[Action, ...]) -> bool:
        sent = [action.replica[:3] for action in actions if isinstance(action, Start | Resume)]
        return any(sent[at : at + 3] == ["new", "old", "old"] for at in range(1, len(sent), 3))

    long = (START, old, old, old, *deploy, new, old, old)
    assert fails(long)
    assert make_smaller(TERMS, long, fails) == (START, *deploy, new, old, old)


def test_surveys_fit_and_ask_each_release_on_each_schema() -> None:
    for survey in (survey_old(TERMS), survey_new(TERMS), survey_torn(TERMS, "0002", 1), survey_torn(TERMS, "0003", 2)):
        assert keep_fitting(TERMS, survey) == survey
    assert {release_of(a.replica) for a in survey_old(TERMS) if isinstance(a, Start)} == {"old"}


def test_each_step_before_the_code_is_run_again_with_a_row_of_each_journey() -> None:
    rollouts = list(rerun_steps(replace(TERMS, split=2)))
    assert [kill for actions in rollouts for kill in actions if isinstance(kill, KillMigrator)] == [
        KillMigrator(step=step, point=point) for step in ("0002", "0003") for point in (1, 2, 3)
    ]
    for actions in rollouts:
        assert keep_fitting(replace(TERMS, split=2), actions) == actions
        assert [type(action) for action in actions[:2]] == [Start, Start]
        asked = {(action.copy, release_of(action.replica)) for action in actions if isinstance(action, Resume)}
        assert asked == {(1, "old"), (1, "new"), (2, "old"), (2, "new")}
    assert list(rerun_steps(replace(TERMS, untorn=frozenset({"0002"})))) == []
    assert list(rerun_steps(replace(TERMS, can_be_killed=False))) == []


def test_an_invariant_that_does_not_hold_in_a_survey_bars_nobody() -> None:
    trouble = Trouble(kind="invariant", who="nothing_is_oversold", text="sold")
    assert read_survey(TERMS, Tale(told=(Told(number=1, action=START, trouble=trouble),))) == frozenset()


def test_what_fails_in_a_survey_is_barred_from_there_on() -> None:
    actions = (Migrate(step="0002"), START)
    trouble = Trouble(kind="http", who="a_note_is_kept", text="500")
    tale = Tale(told=(Told(number=1, action=actions[0]), Told(number=2, action=actions[1], trouble=trouble)))
    assert read_survey(TERMS, tale) == {
        Barred(release="old", applied=1, journey="a_note_is_kept"),
        Barred(release="old", applied=2, journey="a_note_is_kept"),
    }
