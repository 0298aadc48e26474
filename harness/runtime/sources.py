"""Finds the code of a release: a path, or a commit of the project's own repository."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from harness.errors import SourceError
from harness.runtime.reaper import Worktree

if TYPE_CHECKING:
    from harness.runtime.reaper import Session

#: Adding a worktree is a checkout of the repository's files.
_GIT_TIMEOUT_S = 120.0
#: Others, which a hook sets, would make git look into another repository than the settings' own.
_KEPT = frozenset({"GIT_CEILING_DIRECTORIES"})


@dataclass(frozen=True, kw_only=True)
class Source:
    """Code that is there.

    Args:
        root: The folder in which the release's commands run.
        description: What it is, for the report: the path as written, or the ref and its commit.
    """

    root: Path
    description: str


def resolve_source(source: str, base: Path, session: Session) -> Source:
    """Makes the code of a release available.

    Args:
        source: A path relative to ``base``, or ``git:REF``.
        base: Folder of the settings file.
        session: Told of a worktree.

    Raises:
        SourceError: There is no such folder, repository or commit.
    """
    if source.startswith("git:"):
        return _worktree(source.removeprefix("git:"), base, session)
    if ":" in source.split("/", 1)[0]:
        raise SourceError(f"unknown kind of source '{source}': give a path, or git:REF")
    root = (base / source).resolve()
    if not root.is_dir():
        raise SourceError(f"the source '{source}' does not exist: there is no folder {root}")
    return Source(root=root, description=source)


def _worktree(ref: str, base: Path, session: Session) -> Source:
    top = Path(_git(base, "rev-parse", "--show-toplevel", missing=f"{base} is in no git repository"))
    shallow = _git(base, "rev-parse", "--is-shallow-repository") == "true"
    cure = (
        "this clone is shallow: fetch the whole history (in GitHub's checkout action, fetch-depth: 0)"
        if shallow
        else 'fetch it first ("git fetch origin"), or name another ref ("git branch -a" lists them)'
    )
    commit = _git(
        base,
        "rev-parse",
        "--verify",
        "--quiet",
        "--end-of-options",
        f"{ref}^{{commit}}",
        missing=f"the source 'git:{ref}' does not exist in {top}: {cure}",
    )
    path = session.directory / "worktrees" / commit
    with FileLock(session.directory / "worktrees.lock"):
        if not path.is_dir():
            session.record(Worktree(top, path))
            _git(
                top,
                "worktree",
                "add",
                "--detach",
                "--force",
                str(path),
                commit,
                missing=f"git cannot check out {ref} ({commit[:10]})",
            )
    below = base.resolve().relative_to(top.resolve())
    root = path / below
    if not root.is_dir():
        raise SourceError(f"the source 'git:{ref}' has no folder {below}: the project lay elsewhere at {commit[:10]}")
    return Source(root=root, description=f"git:{ref} ({commit[:10]})")


def _git(folder: Path, *words: str, missing: str = "git does not answer") -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *words],  # noqa: S607  whichever git the user has
            capture_output=True,
            text=True,
            timeout=_GIT_TIMEOUT_S,
            check=False,
            env={name: value for name, value in os.environ.items() if not name.startswith("GIT_") or name in _KEPT},
        )
    except FileNotFoundError:
        raise SourceError("a source git:REF needs git, and there is no command git on PATH") from None
    except subprocess.TimeoutExpired:
        raise SourceError(f"git {words[0]} did not end within {_GIT_TIMEOUT_S:.0f} s in {folder}") from None
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()
        raise SourceError(missing + (f" (git says: {said[-1]})" if said and "--quiet" not in words else ""))
    return done.stdout.strip()
