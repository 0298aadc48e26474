"""What must hold in every plan, whatever it is made for."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import permutations, zip_longest
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.model.cell import BASE, BEHIND, BOOT_ACTORS, OWN, ROLLOUT, TRAFFIC, Actor, Cell
from harness.model.release import ReleaseName
from harness.model.rollout import Strategy
from harness.model.settings import Load
from harness.plan.chain_steps import AdvanceDatabase
from harness.plan.planner import plan_walk
from harness.plan.rollout import plan_rollout_at
from harness.plan.steps import (
    FULL_RUN,
    AskHealth,
    CloneDatabase,
    Drive,
    DropDatabase,
    GrantRights,
    LoadSql,
    Migrate,
    Plan,
    PrepareDatabase,
    RenameDatabase,
    Replica,
    Stage,
    StartReplicas,
    WarmUp,
)
from harness.plan.subject import LIVE, SEED, WARM_RUNS, Subject, plan_cells
from harness.plan.traffic import plan_second_look, plan_traffic, starts_beside_rollout
from harness.plan.traffic_steps import HoldTransaction, MigrateUnderTraffic
from plan.replay import Moment, all_attempts, databases_changed_by, databases_of, replay, replicas_of
from plan.subjects import EARLIER, REHEARSALS, SUBJECTS, make_subject, plan_rehearsal

if TYPE_CHECKING:
    from collections.abc import Iterator

Rehearsal = tuple[Plan, Plan, Plan]

FEW = settings(max_examples=15, deadline=None, derandomize=True)
BOTH = frozenset(ReleaseName)


def names_of(subject: Subject) -> list[str]:
    return [earlier.name for earlier in subject.earlier]


def driving(*plans: Plan) -> Iterator[tuple[Moment, Drive]]:
    for moment in replay(*plans):
        if isinstance(moment.step, Drive):
            yield moment, moment.step


def serving_at(moment: Moment, drive: Drive) -> list[Replica]:
    """Who gets traffic: of a blue and a green fleet, one waits."""
    database = moment.database(drive.rounds[0][0].replicas[0])
    running = [replica for replica in moment.running.values() if replica.database == database]
    alone = {Actor.NEW: ReleaseName.NEW, Actor.ROLL_BACK: ReleaseName.OLD}.get(drive.cell.actor)
    return [replica for replica in running if alone in {None, replica.release}]


@FEW
@given(REHEARSALS)
def test_steps_are_numbered_one_after_the_other_through_all_plans(rehearsal: Rehearsal) -> None:
    numbers = [moment.item.number for moment in replay(*rehearsal)]
    assert numbers == list(range(1, len(numbers) + 1))


@FEW
@given(REHEARSALS)
def test_whoever_is_turned_to_was_started_before_and_not_yet_stopped(rehearsal: Rehearsal) -> None:
    for moment in replay(*rehearsal):
        assert replicas_of(moment.step) <= moment.running.keys(), moment.item


@FEW
@given(REHEARSALS)
def test_no_two_replicas_have_one_name(rehearsal: Rehearsal) -> None:
    names = Counter(
        replica.name
        for moment in replay(*rehearsal)
        if isinstance(moment.step, StartReplicas)
        for replica in moment.step.replicas
    )
    assert set(names.values()) == {1}


@FEW
@given(REHEARSALS)
def test_every_database_that_is_used_exists_and_every_one_that_is_made_does_not(rehearsal: Rehearsal) -> None:
    for moment in replay(*rehearsal):
        needed, made = databases_of(moment.step)
        assert needed <= moment.databases.keys(), moment.item
        assert not made & moment.databases.keys(), moment.item


@FEW
@given(REHEARSALS)
def test_nobody_is_connected_to_a_database_that_is_cloned_renamed_or_dropped(rehearsal: Rehearsal) -> None:
    for moment in replay(*rehearsal):
        match moment.step:
            case CloneDatabase(source=name) | RenameDatabase(source=name) | DropDatabase(database=name):
                assert name not in {replica.database for replica in moment.running.values()}, moment.item
            case _:
                pass


@FEW
@given(REHEARSALS)
def test_nothing_is_left_at_the_end_but_what_a_second_look_begins_with(rehearsal: Rehearsal) -> None:
    *_, last = replay(*rehearsal)
    assert isinstance(last.step, DropDatabase)
    assert (set(last.running), set(last.databases)) == (set(), {SEED, last.step.database})


def assert_nothing_shared(*stages: Stage | None) -> None:
    """What one track changes the others do not even look at."""
    tracks = [[item.step for item in track.steps] for stage in stages if stage for track in stage.tracks]
    for one, other in permutations(tracks, 2):
        changed = {name for step in one for name in databases_changed_by(step)}
        looked_at = {name for step in other for names in databases_of(step) for name in names}
        assert not changed & looked_at


@FEW
@given(REHEARSALS)
def test_tracks_that_run_side_by_side_share_no_database(rehearsal: Rehearsal) -> None:
    for plan in rehearsal:
        for stage in plan.stages:
            assert_nothing_shared(stage)


@FEW
@given(SUBJECTS, st.integers(0, 1), st.booleans())
def test_what_is_played_beside_the_rollout_shares_no_database_with_it(
    subject: Subject, clients: int, tear: bool
) -> None:
    subject = replace(subject, load=Load(clients=clients), tear=tear)
    assert starts_beside_rollout(subject) == bool(clients or tear)
    if starts_beside_rollout(subject):
        rest = plan_traffic(subject)
        rollout = plan_rollout_at(subject, len(subject.before))
        for stages in zip_longest(rollout.stages, rest.stages):
            assert_nothing_shared(*stages)


@FEW
@given(SUBJECTS)
def test_a_seed_file_is_loaded_right_after_each_database_that_is_made(subject: Subject) -> None:
    steps = [moment.step for moment in replay(plan_walk(subject))]
    made = [i for i, step in enumerate(steps) if isinstance(step, PrepareDatabase)]
    loaded = {i: step for i, step in enumerate(steps) if isinstance(step, LoadSql)}
    wanted = {i + 1: step for i in made if isinstance(step := steps[i], PrepareDatabase) and subject.seed}
    assert loaded == {i: LoadSql(database=step.database, path=subject.seed or "") for i, step in wanted.items()}


@FEW
@given(REHEARSALS)
def test_rights_are_granted_once_each_first_state_is_made_and_never_behind_a_step_that_is_judged(
    rehearsal: Rehearsal,
) -> None:
    """Whoever forgot to grant is found where the old release serves; the control run must not show it as a bug."""
    restricted = any(isinstance(moment.step, GrantRights) for moment in replay(*rehearsal))
    without: set[str] = set()
    for moment in replay(*rehearsal):
        match moment.step:
            case PrepareDatabase(database=name):
                without.add(name)
            case GrantRights(database=name):
                without.remove(name)
                level = len(moment.databases[name].applied)
                assert (name, level) in {("seed", 0), ("lane", len(rehearsal[0].revisions))}
            case StartReplicas(replicas=replicas):
                assert not restricted or without.isdisjoint(replica.database for replica in replicas)
            case _:
                pass
    assert not restricted or not without


@pytest.mark.parametrize("seed", [None, "seed.sql"])
def test_rights_are_granted_where_replicas_are_restricted_and_only_there(seed: str | None) -> None:
    def granted(*, restricted: bool) -> list[str]:
        steps = (m.step for m in replay(plan_walk(make_subject(2, seed=seed, restricted=restricted))))
        return [step.database for step in steps if isinstance(step, GrantRights)]

    assert granted(restricted=True) == ["seed", "lane"]
    assert granted(restricted=False) == []


@FEW
@given(REHEARSALS)
def test_every_copy_is_started_once(rehearsal: Rehearsal) -> None:
    for plan in rehearsal:
        started = Counter(
            attempt.copy for _, drive in driving(plan) for attempt in all_attempts(drive) if attempt.origin == "fresh"
        )
        assert set(started.values()) <= {1}


@FEW
@given(REHEARSALS)
def test_every_copy_that_is_resumed_was_left_paused_before_where_its_origin_says(rehearsal: Rehearsal) -> None:
    for moment, drive in driving(*rehearsal):
        here = (moment.stage, moment.track)
        for attempt in all_attempts(drive):
            if attempt.origin == "fresh":
                continue
            start = moment.started[attempt.copy]
            assert (start.stage, start.track) == here or start.stage < moment.stage
            assert attempt.moves == (1 if attempt.origin == "traveller" else FULL_RUN)
            _, _, depth = attempt.origin.partition(", segment ")
            assert start.attempt.moves == int(depth or 1)
            assert start.attempt.journey == attempt.journey
            if attempt.origin != "traveller":
                cell, _, release = attempt.origin.partition(", segment ")[0].partition(" by ")
                assert start.cell == cell.partition(" behind ")[0].removesuffix(" half-way")
                assert release in {"", start.release}


@FEW
@given(REHEARSALS)
def test_what_a_resumed_copy_wrote_is_in_the_database_on_which_it_is_resumed(rehearsal: Rehearsal) -> None:
    for moment, drive in driving(*rehearsal):
        for attempt in all_attempts(drive):
            databases = {moment.database(name) for name in attempt.replicas}
            assert len(databases) == 1
            if attempt.origin != "fresh":
                assert attempt.copy in moment.databases[databases.pop()].copies


@FEW
@given(REHEARSALS)
def test_a_copy_is_resumed_once_but_for_the_travellers_of_each_pass(rehearsal: Rehearsal) -> None:
    for plan in rehearsal:
        resumed = [
            (attempt, pass_)
            for _, drive in driving(plan)
            for pass_, attempts in enumerate(drive.rounds)
            for attempt in attempts
            if attempt.origin != "fresh"
        ]
        once = Counter(attempt.copy for attempt, _ in resumed if attempt.origin != "traveller")
        assert set(once.values()) <= {1}
        passes: dict[int, set[int]] = {}
        for attempt, pass_ in resumed:
            if attempt.origin == "traveller":
                passes.setdefault(attempt.copy, set()).add(pass_)
                assert attempt.copy not in once
        assert all(len(found) == 1 for found in passes.values())


@FEW
@given(REHEARSALS)
def test_nothing_is_left_paused_in_vain(rehearsal: Rehearsal) -> None:
    for plan in rehearsal:
        drives = [drive for _, drive in driving(plan)]
        left = {attempt.copy for drive in drives for attempt in drive.leave}
        resumed = {a.copy for drive in drives for attempts in drive.rounds for a in attempts if a.origin != "fresh"}
        assert left == resumed


@FEW
@given(REHEARSALS)
def test_every_pair_of_who_wrote_and_who_reads_occurs_wherever_both_exist(rehearsal: Rehearsal) -> None:
    for moment, drive in driving(*rehearsal):
        database = moment.database(drive.rounds[0][0].replicas[0])
        serving = {replica.release for replica in serving_at(moment, drive)}
        # Releases before the old one are asked for what they wrote themselves; their rows are there for all others.
        wrote = serving if drive.cell.release else (moment.databases[database].writers & BOTH) | serving
        for journey in rehearsal[0].journeys:
            for attempts in drive.rounds:
                pairs = set()
                for attempt in attempts:
                    if attempt.journey != journey:
                        continue
                    readers = {moment.release(name) for name in attempt.replicas}
                    if attempt.origin == "fresh":
                        writer = moment.release(attempt.replicas[0])
                        # The first segment writes; the segments after it go to the others in turn, and over again.
                        moves = range(1, attempt.moves)
                        readers = {moment.release(attempt.replicas[i % len(attempt.replicas)]) for i in moves}
                    else:
                        writer = moment.started[attempt.copy].release
                    pairs |= {(writer, reader) for reader in readers}
                assert pairs == {(writer, reader) for writer in wrote for reader in serving}, (moment.item, journey)


def test_both_releases_serve_at_once_in_a_rollout_of_default_settings() -> None:
    """So that the property above is not held by plans in which they never meet."""
    met = [
        moment.step.cell
        for moment, _ in driving(*plan_rehearsal(make_subject(1), 1))
        if {replica.release for replica in moment.running.values()} == BOTH and isinstance(moment.step, Drive)
    ]
    assert met == [Cell(ROLLOUT, Actor.MIXED)] * 3


@FEW
@given(REHEARSALS)
def test_every_replica_that_serves_writes_and_reads_in_each_pass(rehearsal: Rehearsal) -> None:
    """But in the mixed fleet, where one replica of each release stands for its like."""
    for moment, drive in driving(*rehearsal):
        if drive.cell.actor is Actor.MIXED:
            continue
        serving = {replica.name for replica in serving_at(moment, drive)}
        if drive.cell.actor is Actor.OLD_COLD:
            serving = {name for name in serving if name.startswith("old-cold")}
        for journey in rehearsal[0].journeys:
            for attempts in drive.rounds:
                fresh = [a for a in attempts if a.origin == "fresh" and a.journey == journey]
                assert serving <= {attempt.replicas[0] for attempt in fresh}
                assert serving <= {name for attempt in fresh for name in (*attempt.replicas[1:], attempt.replicas[0])}


@FEW
@given(REHEARSALS)
def test_every_cell_is_asked_twice_and_the_same_both_times(rehearsal: Rehearsal) -> None:
    walk, *_ = rehearsal
    last_of_walk = max(moment.item.number for moment in replay(walk))
    for moment, drive in driving(*rehearsal):
        # The rollout's control begins from what the walk's control has shown twice.
        once = drive.cell.actor is Actor.CONTROL and moment.item.number > last_of_walk
        kinds = [Counter((a.journey, a.origin, a.replicas, a.moves) for a in attempts) for attempts in drive.rounds]
        assert kinds == [kinds[0]] * (1 if once else 2)


@FEW
@given(REHEARSALS)
def test_the_cells_of_a_plan_are_those_that_its_steps_carry(rehearsal: Rehearsal) -> None:
    carried = set()
    for moment in replay(*rehearsal):
        match moment.step:
            case Drive(cell=cell) | StartReplicas(cell=cell) | Migrate(cell=cell) | AskHealth(cell=cell):
                carried |= {cell} - {None}
            case _:
                pass
    # Background traffic serves no journey's item, and releases before the old one are none that an item is of.
    carried = {cell for cell in carried if cell is not None and cell.step != TRAFFIC and not cell.release}
    for plan in rehearsal:
        assert len(set(plan.cells)) == len(plan.cells)
        # Listed before the split is known: with no step before the code it stays untested, and says so.
        assert set(plan.cells) - {Cell(ROLLOUT, Actor.OLD)} == carried - {Cell(ROLLOUT, Actor.OLD)}


def test_the_cells_stand_in_the_order_of_reports_and_items() -> None:
    assert [str(cell) for cell in plan_cells(make_subject(2, old_boot=True))] == [
        "base-control",
        "base-old-cold",
        "base-old-boot",
        "rollout-new-control",
        "0001_first-old-warm",
        "0001_first-old-cold",
        "0001_first-old-boot",
        "0001_first-new-ahead",
        "0001_first-new-warm",
        "0002_second-old-warm",
        "0002_second-old-cold",
        "0002_second-old-boot",
        "0002_second-new-ahead",
        "0002_second-new-warm",
        "rollout-old",
        "rollout-mixed",
        "rollout-new",
        "rollout-roll-back",
    ]


def test_without_a_boot_command_there_is_no_cell_for_it() -> None:
    assert not set(BOOT_ACTORS) & {cell.actor for cell in plan_cells(make_subject(2))}


def test_the_start_with_other_variables_has_a_cell_on_each_schema_whether_there_is_a_boot_command_or_not() -> None:
    for old_boot in (False, True):
        cells = plan_cells(make_subject(2, old_boot=old_boot, old_bypass=True))
        assert sum(cell.actor is Actor.OLD_BYPASS for cell in cells) == 3, "its own schema, and behind each step"
        assert any(cell.actor is Actor.OLD_BOOT for cell in cells) == old_boot


@FEW
@given(REHEARSALS)
def test_migrations_are_applied_in_order_without_a_gap(rehearsal: Rehearsal) -> None:
    revisions = rehearsal[0].revisions
    for moment in replay(*rehearsal):
        if isinstance(moment.step, Migrate):
            applied = moment.databases[moment.step.database].applied
            assert (*applied, moment.step.revision) == revisions[: len(applied) + 1]


@FEW
@given(SUBJECTS)
def test_each_cell_of_the_walk_is_asked_on_the_schema_that_it_names(subject: Subject) -> None:
    plan = plan_walk(subject)
    asked = set()
    for moment, drive in driving(plan):
        level = len(moment.databases[moment.database(drive.rounds[0][0].replicas[0])].applied)
        match drive.cell:
            case Cell(step="base" | "own" | "behind"):
                assert level == 0
            case Cell(actor=Actor.NEW_CONTROL):
                assert level == len(plan.revisions)
            case Cell(step=label, actor=actor):
                behind = 1 if actor is Actor.NEW_AHEAD else 0
                assert level == plan.labels.index(label) + 1 - behind
        asked.add(drive.cell)
    earlier = {Cell(s, Actor.EARLIER, name) for s in (OWN, BEHIND, BASE, *plan.labels) for name in names_of(subject)}
    assert asked == earlier | {c for c in plan.cells if c.step != ROLLOUT or c.actor is Actor.NEW_CONTROL}


@FEW
@given(SUBJECTS)
def test_each_release_before_the_old_one_writes_in_turn_and_meets_each_step_with_what_it_wrote(
    subject: Subject,
) -> None:
    wrote: list[str] = []
    for moment, drive in driving(plan_walk(subject)):
        if drive.cell.actor is not Actor.EARLIER:
            continue
        name = drive.cell.release
        writers = moment.databases[moment.database(drive.rounds[0][0].replicas[0])].writers
        assert {moment.release(replica) for replica in replicas_of(drive)} == {name}
        if drive.cell.step == OWN:
            assert writers == set(wrote)
            wrote.append(name)
        elif drive.cell.step == BEHIND:
            assert writers == set(wrote)
            assert wrote[-1] == name
        else:
            assert writers == {*names_of(subject), ReleaseName.OLD}
            resumed = [moment.started[a.copy] for a in all_attempts(drive) if a.origin != "fresh"]
            assert {(start.release, start.cell) for start in resumed} == {(name, f"own-earlier-{name}")}
    assert wrote == names_of(subject)


def test_the_schema_comes_to_the_old_release_by_the_migrations_of_each_in_turn() -> None:
    plan = plan_walk(make_subject(1, earlier=EARLIER, seed="seed.sql"))
    moments = [m for m in replay(plan) if isinstance(m.step, PrepareDatabase | AdvanceDatabase)]
    assert [moment.step for moment in moments] == [
        PrepareDatabase(database=SEED, release="v1"),
        AdvanceDatabase(database=SEED, release="v2", revisions=("a",)),
        AdvanceDatabase(database=SEED, release="old", revisions=("b",)),
        AdvanceDatabase(database=SEED, release="old", revisions=("c",)),
        PrepareDatabase(database="lane", release="v1"),  # the seed file is written for the first release's schema
        AdvanceDatabase(database="lane", release="v2", revisions=("a",)),
        AdvanceDatabase(database="lane", release="old", revisions=("b", "c")),
    ]
    serving = [[replica.release for replica in moment.running.values()] for moment in moments[:4]]
    assert serving == [[], ["v1"], ["v2"], []]  # those that come after the code are run when it is gone


@FEW
@given(REHEARSALS)
def test_the_new_release_has_its_control_run_on_a_database_of_its_own(rehearsal: Rehearsal) -> None:
    for moment, drive in driving(*rehearsal):
        if drive.cell.actor is Actor.NEW_CONTROL:
            assert moment.databases[moment.database(drive.rounds[0][0].replicas[0])].writers == frozenset()


@FEW
@given(SUBJECTS, st.data())
def test_the_rollout_runs_as_many_steps_before_the_code_as_it_is_told(subject: Subject, data: st.DataObject) -> None:
    split = data.draw(st.integers(0, len(subject.revisions)))
    walk, rollout, _ = plan_rehearsal(subject, split)
    split = len(subject.revisions) if subject.at_boot else split
    cells = {Actor.MIXED: split, Actor.ROLL_BACK: split, Actor.CONTROL: 0}
    last = 0
    for moment, drive in driving(walk, rollout):
        if moment.item.number < rollout.stages[0].tracks[0].steps[0].number:
            continue
        last = len(moment.databases["live"].applied)
        assert last == cells.get(drive.cell.actor, last)
        assert drive.cell.actor is not Actor.NEW or last >= split
    assert last == len(subject.revisions)


@FEW
@given(SUBJECTS, st.data())
def test_new_replicas_that_migrate_at_boot_do_so_while_warm_old_ones_serve(
    subject: Subject, data: st.DataObject
) -> None:
    split = data.draw(st.integers(0, len(subject.revisions)))
    rollout = plan_rollout_at(replace(subject, at_boot=True), split)
    moments = list(replay(plan_walk(subject), rollout))
    [(moving, start)] = [(m, m.step) for m in moments if isinstance(m.step, StartReplicas) and m.step.moves_schema]
    first = next(m for m in moments if any(name.startswith("new-roll-") for name in m.running))
    assert first.item.number == moving.item.number + 1, "nobody of the new release serves before"
    assert not any(isinstance(item.step, Migrate) for item in rollout.stages[0].tracks[0].steps)
    warm = next(m.step for m in moments if isinstance(m.step, WarmUp) and m.step.cell == Cell(ROLLOUT, Actor.MIXED))
    assert moving.running.keys() <= set(warm.replicas)
    assert start.cell == Cell(ROLLOUT, Actor.MIXED)


@pytest.mark.parametrize(
    ("surge", "together"), [("1", [1, 1, 1, 1]), ("50%", [2, 2]), ("100%", [4]), ("0", [1, 1, 1, 1])]
)
def test_as_many_new_replicas_migrate_at_once_as_a_deployment_starts(surge: str, together: list[int]) -> None:
    strategy = Strategy(replicas=4, max_surge=surge, max_unavailable="0")
    plan = plan_rollout_at(make_subject(1, strategy=strategy, at_boot=True, new_boot=True), 1)
    started = [
        item.step
        for item in plan.stages[0].tracks[0].steps
        if isinstance(item.step, StartReplicas) and item.step.replicas[0].name.startswith("new-roll-")
    ]
    assert [len(step.replicas) for step in started] == together
    assert [step.moves_schema for step in started] == [True] + [False] * (len(started) - 1)
    assert all(replica.boot for step in started for replica in step.replicas)


@FEW
@given(REHEARSALS)
def test_who_serves_across_a_step_is_warm_and_who_is_cold_came_after_it(rehearsal: Rehearsal) -> None:
    previous: Moment | None = None
    since: dict[str, int] = {}
    migrated: dict[str, int] = {}
    for moment in replay(*rehearsal):
        match moment.step:
            case StartReplicas(replicas=replicas):
                since.update((replica.name, moment.item.number) for replica in replicas)
            case Migrate(database=database):
                serving = {r.name for r in moment.running.values() if r.database == database}
                released = {moment.release(name) for name in serving}
                migrated[database] = moment.item.number
                if len(released) == 1 and moment.step.cell is not None:
                    assert previous is not None
                    assert isinstance(previous.step, WarmUp)
                    assert set(previous.step.replicas) == serving
                    assert previous.step.runs == WARM_RUNS
                    assert previous.step.journeys == rehearsal[0].journeys
            case Drive(cell=Cell(actor=Actor.OLD_WARM | Actor.NEW_WARM)) as drive:
                for name in replicas_of(drive):
                    assert since[name] < migrated[moment.database(name)]
            case Drive(cell=Cell(actor=Actor.OLD_COLD)) as drive:
                cold = {name for name in replicas_of(drive) if since[name] > migrated.get("live", since[name] - 1)}
                assert len(cold) == 1
                assert all(cold & set(attempt.replicas) for attempt in all_attempts(drive))
            case _:
                pass
        previous = moment


@FEW
@given(SUBJECTS)
def test_only_the_boot_cells_and_the_new_fleet_boot(subject: Subject) -> None:
    for moment in replay(*plan_rehearsal(subject, len(subject.revisions))):
        if isinstance(moment.step, StartReplicas):
            for replica in moment.step.replicas:
                if replica.release is ReleaseName.OLD:
                    actor = moment.step.cell.actor if moment.step.cell is not None else None
                    assert replica.boot == (subject.old_boot and actor in BOOT_ACTORS)
                    assert replica.bypass == (actor is Actor.OLD_BYPASS)
                elif replica.boot:
                    assert subject.new_boot


@FEW
@given(SUBJECTS)
def test_a_migration_that_fails_ends_its_track_but_where_the_next_schema_is_made_anew(subject: Subject) -> None:
    """The lane's trial across a step is thrown away and the step applied again, to a copy."""
    for moment in replay(plan_walk(subject), plan_rollout_at(subject, 0)):
        if isinstance(moment.step, Migrate):
            trial = moment.step.cell is not None and moment.step.cell.actor is Actor.NEW_WARM
            assert moment.step.ends_track is not trial


# --- under traffic


@FEW
@given(REHEARSALS, st.data())
def test_a_second_look_keeps_to_the_rules_of_all_plans(rehearsal: Rehearsal, data: st.DataObject) -> None:
    """It begins with what the plan before it left, and leaves no more."""
    plan = rehearsal[2]
    asked = data.draw(st.lists(st.sampled_from([*plan.labels, ROLLOUT]), min_size=1, unique=True))
    subject = make_subject(len(plan.revisions), journeys=plan.journeys)
    last = max(item.number for stage in plan.stages for track in stage.tracks for item in track.steps)
    second = plan_second_look(subject, asked, first_number=last + 1)
    moments = list(replay(*rehearsal, second))
    assert [moment.item.number for moment in moments] == list(range(1, len(moments) + 1))
    for moment in moments:
        needed, made = databases_of(moment.step)
        assert needed <= moment.databases.keys(), moment.item
        assert not made & moment.databases.keys(), moment.item
        assert replicas_of(moment.step) <= moment.running.keys(), moment.item
    assert isinstance(moments[-1].step, DropDatabase)
    assert set(moments[-1].databases) == {SEED, LIVE}
    again = [m.step.label for m in moments if isinstance(m.step, MigrateUnderTraffic) and m.step.again]
    parts = [part for part in (subject.before, subject.after) if part]
    assert again == [label for label in (*plan.labels, *[ROLLOUT] * len(parts)) if label in asked]


@FEW
@given(SUBJECTS)
def test_each_step_is_made_under_traffic_by_itself_and_then_all_of_them_by_one_call(subject: Subject) -> None:
    moments = [m for m in replay(*plan_rehearsal(subject, 0)) if isinstance(m.step, MigrateUnderTraffic)]
    labels = [revision.label for revision in subject.revisions]
    parts = [part for part in (subject.before, subject.after) if part]
    assert [m.step.label for m in moments if isinstance(m.step, MigrateUnderTraffic)] == [
        *[ROLLOUT] * len(parts),
        *labels,
    ]
    ids = tuple(r.id for r in subject.revisions)
    for moment in moments:
        assert isinstance(moment.step, MigrateUnderTraffic)
        before = ids[: ids.index(moment.step.revisions[0])]
        assert moment.databases[moment.step.database].applied == before
        assert len(moment.step.replicas) == subject.strategy.replicas
        early = moment.step.revisions[0] in {revision.id for revision in subject.before}
        serving = ReleaseName.OLD if early else ReleaseName.NEW
        assert {moment.running[name].release for name in moment.step.replicas} == {serving}
    whole = [m.step.revisions for m in moments if isinstance(m.step, MigrateUnderTraffic) and m.step.label == ROLLOUT]
    assert whole == [tuple(revision.id for revision in part) for part in parts]


def test_without_clients_the_steps_are_watched_but_nobody_serves() -> None:
    plan = plan_traffic(make_subject(2, load=Load(clients=0)))
    steps = [moment.step for moment in replay(*plan_rehearsal(make_subject(2, load=Load(clients=0)), 0))]
    mine = [item.step for stage in plan.stages for track in stage.tracks for item in track.steps]
    assert not any(isinstance(step, StartReplicas) for step in mine)
    assert [step.replicas for step in steps if isinstance(step, MigrateUnderTraffic)] == [(), ()]


def test_a_transaction_is_held_open_right_before_each_step_where_that_is_asked_for() -> None:
    plan = plan_traffic(make_subject(2, load=Load(long_transaction_s=1.5)))
    steps = [item.step for item in plan.stages[1].tracks[0].steps]
    held = [i for i, step in enumerate(steps) if isinstance(step, HoldTransaction)]
    assert [type(steps[i + 1]) for i in held] == [MigrateUnderTraffic, MigrateUnderTraffic]
    assert not any(isinstance(item.step, HoldTransaction) for item in plan.stages[0].tracks[0].steps)
