"""A rollout that fails is found, made small, saved, played again, and written as a test."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from test_screen import Terminal

from harness.cli import main
from harness.plan.schedule import decode_schedule

if TYPE_CHECKING:
    from plugin.projects import Project

SCENARIOS = Path(__file__).parents[2] / "scenarios"
NAME = "open_baskets"
FOLDER = f"scenarios/{NAME}"
MIGRATION = f"{FOLDER}/new/versions/0002_tidy_baskets.py"
JOURNEY = f"{FOLDER}/test_{NAME}.py"
CAUSE = 'op.execute("DELETE FROM baskets WHERE NOT paid")'
#: A terminal that nothing scrolls out of.
HEIGHT = 1000
PLAN = f"report/scenarios-{NAME}-explored/explored.json"


@pytest.fixture
def baskets(project: Project) -> Project:
    for name in (NAME, "shared"):
        shutil.copytree(SCENARIOS / name, project.folder / "scenarios" / name)
    return project


def test_a_rollout_is_found_played_again_and_kept_as_a_test(
    baskets: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    story = (SCENARIOS / NAME / "story.txt").read_text(encoding="utf-8").splitlines()
    run = baskets.run(FOLDER, "--rolldeploy-explore", "-k", "explore", "--rolldeploy-report=report")
    assert run.status == 1
    run.assert_says("assertion in a rollout of 2 requests and 1 deploy events", *story, f"replay {PLAN}")
    assert len(decode_schedule((baskets.folder / PLAN).read_bytes()).actions) == 3
    assert not (baskets.folder / ".hypothesis").exists()

    test = baskets.folder / FOLDER / "test_story.py"
    capsys.readouterr()
    assert main(["replay", str(baskets.folder / PLAN), "--as-test", str(test)]) == 0
    assert capsys.readouterr().out.strip() == str(test)
    assert main(["replay", str(baskets.folder / PLAN), "--as-test", str(test)]) == 4
    assert "is there already" in capsys.readouterr().err
    again = baskets.run(FOLDER, f"--rolldeploy-replay={PLAN}")
    assert {name: again.counts.get(name) for name in ("failed", "passed")} == {"failed": 1, "passed": None}
    again.assert_says(*story)
    # The journey's module is imported by the test alone, and still says what was compared.
    baskets.replace(JOURNEY, "        client.post(f", "        assert client.post(f")
    baskets.replace(JOURNEY, "json={}).raise_for_status()", "json={}).status_code < 300")
    written = baskets.run(f"{FOLDER}/test_story.py")
    assert written.counts == {"failed": 1}
    written.assert_says(*story, "so a_basket_is_paid: assert 404 < 300")

    baskets.replace(MIGRATION, CAUSE, "pass")
    for words in ((FOLDER, f"--rolldeploy-replay={PLAN}"), (f"{FOLDER}/test_story.py",)):
        repaired = baskets.run(*words)
        assert repaired.status == 0
        assert repaired.counts["passed"] == 1


def test_a_terminal_shows_how_far_it_is_and_nothing_of_that_in_the_end(baskets: Project) -> None:
    baskets.replace(MIGRATION, CAUSE, "pass")
    options = ("--rolldeploy-explore", "-k", "explore", "--rolldeploy-explore-max-examples=5")
    shown = baskets.run_on_terminal(FOLDER, *options)
    looked = [
        f"rolldeploy: {FOLDER}: {doing}" for doing in ("finding out what each release does", "exploring rollouts, 2")
    ]
    assert [line for line in looked if line not in shown] == []
    terminal = Terminal(HEIGHT)
    terminal.text = shown
    assert [row for row in terminal.rows() if row.startswith("rolldeploy: ")] == []


def test_a_plan_of_another_rehearsal_is_refused(baskets: Project) -> None:
    action = '{"kind": "roll-forward"}'
    baskets.write("plan.json", f'{{"format": 1, "rehearsal": "elsewhere", "actions": [{action}]}}')
    run = baskets.run(FOLDER, "--rolldeploy-replay=plan.json")
    run.assert_refused(
        4, f"no rehearsal here is called elsewhere, which the plan was saved for; there are: {FOLDER}; name"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "the plan plan.json cannot be read: No such file or directory"),
        ("{}", "plan.json: this is not the plan of an exploration: it has no format; give a file that"),
    ],
)
def test_a_plan_that_is_none_is_refused(baskets: Project, text: str | None, said: str) -> None:
    if text is not None:
        baskets.write("plan.json", text)
    run = baskets.run(FOLDER, "--rolldeploy-replay=plan.json")
    run.assert_refused(4, f"ERROR: --rolldeploy-replay: {said}")


def test_an_invariant_that_does_not_hold_before_anything_is_deployed_accuses_nobody(baskets: Project) -> None:
    with (baskets.folder / FOLDER / f"test_{NAME}.py").open("a", encoding="utf-8") as file:
        file.write(
            "\n\nfrom harness import invariant\n\n\n@invariant\ndef rows_are_there(client):\n"
            '    assert client.sql("SELECT 1 WHERE false")\n'
        )
    run = baskets.run(FOLDER, "--rolldeploy-explore", "-k", "explore")
    run.assert_refused(1, "the invariant rows_are_there does not hold before anything is deployed: AssertionError: ")


def test_an_action_that_does_not_fit_any_more_is_told(baskets: Project) -> None:
    action = '{"kind": "migrate", "step": "0009_gone"}'
    baskets.write("plan.json", f'{{"format": 1, "rehearsal": "{FOLDER}", "actions": [{action}]}}')
    run = baskets.run(FOLDER, "--rolldeploy-replay=plan.json")
    run.assert_refused(
        1,
        "action 1 of the plan, 'migrate 0009_gone', does not fit here: this rehearsal has the steps 0002_tidy_baskets",
    )


def test_what_is_no_plan_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "plan.json").write_text("{}")
    for file, said in (
        ("plan.json", "plan.json: this is not the plan of an exploration: it has no format"),
        ("none.json", "cannot be read: No such file or directory"),
    ):
        assert main(["replay", str(tmp_path / file)]) == 4
        assert said in capsys.readouterr().err
    assert main(["replay", str(tmp_path / "plan.json"), "--as-test", str(tmp_path / "story.py")]) == 4
    assert "pytest takes test_*.py for a test, and not story.py" in capsys.readouterr().err
