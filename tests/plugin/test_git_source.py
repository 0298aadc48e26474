"""The old release out of git: a commit beside the working tree, in a project that lies below the repository's top."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from repositories import commit_all, git, worktrees

from plugin.projects import CHECK_ITEMS, JOURNEY_ITEMS

if TYPE_CHECKING:
    from pathlib import Path

    from plugin.projects import Project

NOT_COLLECTED = int(pytest.ExitCode.INTERRUPTED)


@pytest.fixture
def tracked(project: Project) -> Project:
    """The old release is committed, and the new one is the working tree; both are the folder ``services/notes``."""
    project.copy("notes", "example")
    example, service = project.folder / "example", project.folder / "services" / "notes"
    shutil.copytree(example / "old", service)
    shutil.copy(example / "test_notes.py", service)
    settings = (example / "rolldeploy.toml").read_text()
    settings = settings.replace('source = "old"', 'source = "git:main"').replace('source = "new"', 'source = "."')
    (service / "rolldeploy.toml").write_text(settings)
    new = example / "new"
    shutil.move(new, project.temporary / "new")
    shutil.rmtree(example)
    commit_all(project.folder, "the old release")
    shutil.copytree(project.temporary / "new", service, dirs_exist_ok=True)
    shutil.rmtree(project.temporary / "new")
    return project


def test_a_commit_is_rehearsed_against_the_working_tree(tracked: Project) -> None:
    commit = git(tracked.folder, "rev-parse", "main")
    before = git(tracked.folder, "status", "--porcelain")
    run = tracked.run("services/notes", "-v")
    assert run.status == pytest.ExitCode.OK
    assert run.counts == {"passed": JOURNEY_ITEMS + CHECK_ITEMS - 1, "xfailed": 1}
    run.assert_says(
        "rolling deploy: services/notes",
        f"old git:main ({commit[:10]}, without 2 files that",
        "new . (with 2 files that are not committed: commit them, so that others can find this release)",
    )
    assert len(worktrees(tracked.folder)) == 1
    ours = [line for line in git(tracked.folder, "status", "--porcelain").splitlines() if line not in before]
    assert [line for line in ours if "__pycache__" not in line] == []


def test_listing_leaves_no_worktree(tracked: Project) -> None:
    run = tracked.run("services/notes", "--collect-only", "-q")
    assert run.status == pytest.ExitCode.OK
    assert len(worktrees(tracked.folder)) == 1


def test_a_ref_that_does_not_exist(tracked: Project) -> None:
    tracked.replace("services/notes/rolldeploy.toml", "git:main", "git:origin/mian")
    tracked.run("services/notes").assert_refused(
        NOT_COLLECTED,
        f"the source 'git:origin/mian' does not exist in {tracked.folder}: fetch it first",
        '("git branch -a" lists them)',
    )


def test_the_newest_tag(tracked: Project) -> None:
    tracked.replace("services/notes/rolldeploy.toml", "git:main", "git:tag(v*)")
    tracked.run("services/notes").assert_refused(
        NOT_COLLECTED, f"no tag matches 'v*' behind HEAD in {tracked.folder}: fetch the tags"
    )
    git(tracked.folder, "tag", "v1.0")
    run = tracked.run("services/notes", "--rolldeploy-plan")
    run.assert_says("0002")
    assert run.status == pytest.ExitCode.OK
    assert len(worktrees(tracked.folder)) == 1


def test_the_build_of_a_tag_is_rehearsed_against_the_one_before(tracked: Project) -> None:
    """What a pipeline leaves in the folder does not make a release of it that comes after the tag."""
    tracked.replace("services/notes/rolldeploy.toml", "git:main", "git:tag(v*)")
    git(tracked.folder, "tag", "v1.0")
    commit_all(tracked.folder, "the new release")
    git(tracked.folder, "tag", "v1.1")
    tracked.write("services/notes/junit.xml", "<testsuites/>")
    tracked.write("services/notes/rolldeploy-waivers.toml", "")
    tracked.run("services/notes", "--rolldeploy-plan").assert_says("0002")


def test_a_commit_that_is_compared_with_itself_says_so(tracked: Project) -> None:
    commit_all(tracked.folder, "the new release")
    run = tracked.run("services/notes")
    assert run.status == pytest.ExitCode.OK
    run.assert_says("0 migrations", "compared HEAD with itself: the old release is the commit that is checked out")


def test_a_shallow_clone_says_how_to_get_the_rest(tracked: Project, tmp_path: Path) -> None:
    first = git(tracked.folder, "rev-parse", "main")
    tracked.replace("services/notes/rolldeploy.toml", "git:main", f"git:{first}")
    commit_all(tracked.folder, "the new release")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{tracked.folder}", str(clone))
    tracked.folder = clone
    tracked.run("services/notes").assert_refused(
        NOT_COLLECTED, f"git:{first}", "this clone is shallow", "fetch-depth: 0"
    )


def test_a_commit_without_the_project(tracked: Project) -> None:
    shutil.copytree(tracked.folder / "services", tracked.folder / "moved")
    tracked.run("moved/notes").assert_refused(
        NOT_COLLECTED, "the source 'git:main' has no folder moved/notes: the project lay elsewhere at"
    )
    assert len(worktrees(tracked.folder)) == 1


def test_a_wrong_path_in_a_commit_is_told_by_the_commit(tracked: Project) -> None:
    commit = git(tracked.folder, "rev-parse", "main")[:10]
    tracked.add("services/notes/rolldeploy.toml", '\n[migrations]\nalembic = "db/alembic.ini"\n')
    (tracked.folder / "services/notes/db").mkdir()
    shutil.copy(tracked.folder / "services/notes/alembic.ini", tracked.folder / "services/notes/db")
    tracked.run("services/notes").assert_refused(
        NOT_COLLECTED, f"there is no db/alembic.ini in services/notes of git:main ({commit}): set alembic = under"
    )


def test_no_repository(notes: Project) -> None:
    notes.replace("rolldeploy.toml", 'source = "old"', 'source = "git:main"')
    notes.env["GIT_CEILING_DIRECTORIES"] = str(notes.folder.parent)
    notes.run().assert_refused(NOT_COLLECTED, f"{notes.folder} is in no git repository: name a folder with that")
