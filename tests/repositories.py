"""Repositories of git for tests."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

IDENTITY = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "init.defaultBranch=main"]


def git(folder: Path, *words: str) -> str:
    """Runs git and gives what it printed."""
    done = subprocess.run(
        ["git", *IDENTITY, "-C", str(folder), *words], check=True, capture_output=True, text=True, timeout=60
    )
    return done.stdout.strip()


def commit_all(folder: Path, message: str) -> str:
    """Commits everything below a folder, in a repository made where there is none; gives the commit."""
    if not (folder / ".git").is_dir():
        git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)
    return git(folder, "rev-parse", "HEAD")


def worktrees(repository: Path) -> list[str]:
    """The worktrees that git knows of, the repository itself among them."""
    return git(repository, "worktree", "list").splitlines()
