"""Which commit the old release can be: the one that production is built from, or the one before the last migration."""

from __future__ import annotations

import ast
import os
import subprocess
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from harness.init.project import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from harness.init.project import Project

#: What production is usually built from, the best first.
_BRANCHES = ("origin/HEAD", "origin/main", "origin/master", "main", "master")
_GIT_TIMEOUT_S = 30.0


@dataclass(frozen=True)
class Step:
    """A migration of Alembic.

    Args:
        revision: Its id.
        down: Ids that it follows.
        path: Its file.
    """

    revision: str
    down: tuple[str, ...]
    path: str


@dataclass(frozen=True)
class OldSource:
    """Where the old release comes from.

    Args:
        source: As ``rolldeploy.toml`` has it.
        why: In what it differs from the new one.
        at: Its commit, as git takes it today.
        moves: Whether it is another commit once production is; else it ages.
    """

    source: str
    why: str
    at: str
    moves: bool = True


def find_steps(project: Project, folder: str) -> list[Step]:
    """Migrations below a folder, those without a successor first."""
    found = []
    for path, text in project.files.items():
        if not path.endswith(".py") or not path.startswith(f"{folder}/" if folder not in {"", "."} else ""):
            continue
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError):
            continue
        values = dict(_assigned(tree))
        revision = text_of(values.get("revision"))
        if revision and "down_revision" in values:
            down = values["down_revision"]
            names = [text_of(item) for item in getattr(down, "elts", [down])]
            found.append(Step(revision, tuple(name for name in names if name), path))
    followed = {name for step in found for name in step.down}
    return sorted(found, key=lambda step: (step.revision in followed, step.path))


def order_steps(steps: Sequence[Step]) -> list[Step]:
    """Steps behind those that they follow."""
    left, ordered = {step.revision: step for step in steps}, list[Step]()
    while left:
        free = [step for step in left.values() if not any(name in left for name in step.down)]
        for step in free or list(left.values()):  # in a circle, which Alembic refuses, there is no order
            ordered.append(left.pop(step.revision))
    return ordered


def steps_since(folder: Path, ref: str, steps: Sequence[Step]) -> list[Step]:
    """Steps whose file a commit has not."""
    return [step for step in steps if not _has(folder, ref, step.path)]


def _assigned(tree: ast.Module) -> list[tuple[str, ast.expr]]:
    found: list[tuple[str, ast.expr]] = []
    for node in tree.body:
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ):
                found.append((name, value))
            case _:
                pass
    return found


def choose_newest(folder: Path, paths: list[str]) -> str:
    """The migration that came last: one that is in no commit, or the one whose commit is the latest."""

    def added(path: str) -> float:
        time = _git(folder, "log", "-1", "--format=%ct", "--diff-filter=A", "--", path)
        return float(time) if time else float("inf")

    return max(paths, key=added)


def is_repository(folder: Path) -> bool:
    """Whether git knows of the folder."""
    return _git(folder, "rev-parse", "--git-dir") is not None


def find_old_source(folder: Path, newest: str, kept: str) -> OldSource | None:
    """A commit that lacks the newest migration: one that moves with production, and a fixed one as the last resort.

    Args:
        folder: The project.
        newest: File of that migration, relative to it.
        kept: A file that the old release needs as well: ``alembic.ini`` or ``manage.py``.

    Returns:
        None where there is no such commit.
    """
    if _git(folder, "rev-parse", "--verify", "--quiet", "HEAD") is None:
        return None
    found = (*_moving(folder, newest), *_fixed(folder, newest))
    return next((old for old in found if _has(folder, old.at, kept) and not _has(folder, old.at, newest)), None)


def _moving(folder: Path, newest: str) -> Iterator[OldSource]:
    """Commits that are other ones once production is, the best first; some may have the migration."""
    name = PurePosixPath(newest).name
    for branch in _BRANCHES:
        shown = _git(folder, "rev-parse", "--abbrev-ref", branch) if branch == "origin/HEAD" else branch
        yield OldSource(f"git:{shown or branch}", f"{name} is not in it yet", branch)
    if not _has(folder, "HEAD", newest):
        yield OldSource("git:HEAD", f"{name} is not committed yet", "HEAD")
    for branch in _BRANCHES[1:]:  # where work was squashed into a branch, it is not where HEAD left that
        base = _git(folder, "merge-base", branch, "HEAD")
        if base:
            yield OldSource(f"git:merge-base({branch})", f"{name} was not there where HEAD left {branch}", base)
    for tag in _tags(folder)[:1]:
        yield OldSource("git:tag(v*)", f"{name} is not in {tag} yet", tag)


def _fixed(folder: Path, newest: str) -> Iterator[OldSource]:
    """Commits that stay what they are: tags, the newest first, and the commit before the migration was added."""
    name = PurePosixPath(newest).name
    for tag in _tags(folder):
        yield OldSource(f"git:{tag}", f"the newest tag without {name}", tag, moves=False)
    added = _git(folder, "log", "-1", "--format=%H", "--diff-filter=A", "--", newest)
    before = _git(folder, "rev-parse", "--short=10", "--verify", "--quiet", f"{added}^") if added else None
    if before:
        yield OldSource(f"git:{before}", f"the commit before {name} was added", before, moves=False)


def _tags(folder: Path) -> list[str]:
    """Tags of versions that HEAD contains, the newest first."""
    listed = _git(folder, "tag", "--list", "--sort=-version:refname", "--merged", "HEAD", "--", "v*")
    return (listed or "").splitlines()


def _has(folder: Path, ref: str, path: str) -> bool:
    return _git(folder, "cat-file", "-e", f"{ref}:./{path}") is not None


def _git(folder: Path, *words: str) -> str | None:
    """What git says; None where it says no, or is not there."""
    env = {name: value for name, value in os.environ.items() if name not in {"GIT_DIR", "GIT_WORK_TREE"}}
    command = ["git", "-C", str(folder), *words]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_GIT_TIMEOUT_S, check=False, env=env)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
