"""One-off tasks in a whole rehearsal, and one that is run by itself."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from harness.report.document import REPORT_NAME, read_document

if TYPE_CHECKING:
    from harness.report.document import Document
    from plugin.projects import Project

#: Adds a word to each note, one transaction a note; a note that has it is left alone where that is asked for.
MARK = '''
"""Marks every note."""
import os, sys
import psycopg

url = os.environ["DATABASE_URL"].replace("+psycopg", "")
with psycopg.connect(url, autocommit=True) as connection:
    for (id_,) in connection.execute("SELECT id FROM notes ORDER BY id").fetchall():
        connection.execute("UPDATE notes SET body = body || %s WHERE id = %s" + sys.argv[2], [sys.argv[1], id_])
print("marked by", sys.argv[1])
'''
ONCE = r" AND body NOT LIKE '%%!'"
TASK = """
[[task]]
name = "mark"
command = "python mark.py {{mark}} {{where}}"
params = {{ mark = "!", where = "{where}" }}
when = "{when}"
"""


def add_task(project: Project, when: str, where: str = "") -> None:
    project.write("new/mark.py", MARK)
    project.add("rolldeploy.toml", TASK.format(when=when, where=where))


def report(project: Project) -> Document:
    (path,) = (project.folder / "out").glob(f"*/{REPORT_NAME}")
    return read_document(path)


def test_a_task_that_is_not_the_same_twice_is_told_and_how_long_it_takes(notes: Project) -> None:
    """It also changes what journeys find again: they fail behind it."""
    add_task(notes, "mixed")
    run = notes.run("-v", "--rolldeploy-report=out")
    run.assert_says(
        "one-off-task[rollout] FAILED",
        "rollout, one-off-task: run twice, mark leaves other rows in notes than run once",
        "the same where it is killed at one of",
        "fails through old-beside-mark",
        "fails through new-beside-mark",
        "task        mark, while both releases serve: ",
        "and printed: marked by !",
    )
    [task] = report(notes).tasks
    assert task.beside_s is not None
    assert dict(task.written)["notes"] == task.statements


def test_a_task_that_fails_stops_what_relies_on_it_and_is_told_with_what_it_printed(notes: Project) -> None:
    add_task(notes, "after_rollout", " nonsense")
    run = notes.run("-v")
    run.assert_says(
        "one-off-task[rollout] FAILED",
        "rollout, one-off-task: mark fails: it ended with status 1",
        'it printed: psycopg.errors.SyntaxError: syntax error at or near "nonsense"',
    )


def test_one_task_is_run_by_itself_with_other_parameters(notes: Project) -> None:
    add_task(notes, "after_rollout", ONCE)
    words = [sys.executable, "-m", "harness.cli", "task", "mark", "--param", "mark=?", "--postgres=embedded"]
    done = subprocess.run(words, cwd=notes.folder, capture_output=True, text=True, check=False, env=notes.env)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert f"task        mark (mark = ?, where = {ONCE.strip('r')}), as the new release" in lines
    assert "            marked by ?" in lines
    assert any(line.startswith("rows        ") and line.endswith(" of notes written") for line in lines)


def test_a_task_or_a_parameter_that_is_not_there_is_one_sentence(notes: Project) -> None:
    add_task(notes, "after_rollout")
    notes.run("--rolldeploy-task=mork").assert_refused(
        4, "no rehearsal here has a task 'mork' under [[task]]; there are: mark"
    )
    notes.run("--rolldeploy-task=mark", "--rolldeploy-param=mork=1").assert_refused(
        4, "ERROR: the task mark has no parameter 'mork', as 'mork=1' has it; there are: mark, where"
    )
    notes.run("--rolldeploy-task=mark", "--rolldeploy-param=mark").assert_refused(
        4, "ERROR: 'mark' sets no parameter of the task mark: write KEY=VALUE; it has mark, where"
    )
    notes.run("--rolldeploy-param=mark=1").assert_refused(4, "--rolldeploy-param sets a parameter of a task")


def test_a_step_that_is_not_there_is_one_sentence(notes: Project) -> None:
    add_task(notes, "after_step")
    notes.add("rolldeploy.toml", 'step = "0099"\n')
    notes.run().assert_says("the task mark is to be run behind 0099: no such step; there are 0002_add_pinned")


def test_numbers_that_went_with_a_killed_transaction_are_no_other_rows(notes: Project) -> None:
    """Two rows in one transaction; the sequence keeps no promise that there is no gap."""
    notes.write(
        "new/mark.py",
        'import os\nimport psycopg\nurl = os.environ["DATABASE_URL"].replace("+psycopg", "")\n'
        "with psycopg.connect(url) as connection:\n"
        "    if not connection.execute(\"SELECT FROM notes WHERE body = 'copy'\").fetchall():\n"
        "        for _ in range(2):\n"
        "            connection.execute(\"INSERT INTO notes (body) VALUES ('copy')\")\n",
    )
    notes.add("rolldeploy.toml", '\n[[task]]\nname = "mark"\ncommand = "python mark.py"\n')
    notes.run("-v").assert_says("one-off-task[rollout] PASSED")
