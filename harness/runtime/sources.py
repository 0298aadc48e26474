"""Finds the code of a release: a path, a commit of the project's own repository, a package, or an image."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from harness.errors import SourceError
from harness.model.release import IMAGE, PACKAGE, RUNNING
from harness.runtime.fingerprint import REPORT_MARKS, digest_code, leave_out_folders
from harness.runtime.reaper import Worktree
from harness.runtime.working_tree import is_worked_on

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from harness.runtime.reaper import Session

#: Adding a worktree is a checkout of the repository's files.
_GIT_TIMEOUT_S = 120.0
#: Others, which a hook sets, would make git look into another repository than the settings' own.
_KEPT = frozenset({"GIT_CEILING_DIRECTORIES"})
#: A commit that is looked for: ``merge-base(REF)``, ``tag(PATTERN)``.
_SOUGHT = re.compile(r"(merge-base|tag)\((.*)\)")
#: One release of a package, with extras or not (Python Packaging User Guide, "Version specifiers").
_PINNED = re.compile(r"[A-Za-z0-9][\w.-]*(\[[\w., -]+\])?==[0-9v][\w.!+-]*", re.ASCII)
#: What makes a tag older than the same one without it, from the oldest: 1.0.dev1, 1.0a1, 1.0-beta, 1.0b1, 1.0rc1, 1.0
#: (PEP 440, and Semantic Versioning 2.0.0, 9); git alone puts 1.0 first (git-config(1), versionsort.suffix).
_BEFORE_RELEASE = (".dev", "a", "-", "b", "rc")

#: What git says of a file that it does not know (git-status(1), "Short Format").
_NEW = "??"
#: Written by whoever imports them, and no part of a release (gitglossary(7), "pathspec").
_COMPILED = ":(exclude,glob)**/__pycache__/**"


@dataclass(frozen=True, kw_only=True)
class Source:
    """Code that is there.

    Args:
        root: The folder in which the release's commands run.
        description: What it is, for the report: the path as written, or the ref and its commit.
        commit: Whose files these are, where that is known.
        digest: Of the files of a folder, where they are in no commit that is known.
        package: What is to be installed, ``NAME==VERSION``, where the code is not in the folder.
        image: Name of the container image that the code is in, where it is in one.
        head: The folder of the project itself, where the commit is the one that is checked out there.
        origin: The commit and the path in it, in words, where the folder is gone once the rehearsal has ended.
    """

    root: Path
    description: str
    commit: str | None = None
    digest: str | None = None
    package: str | None = None
    image: str | None = None
    head: Path | None = None
    origin: str = ""

    @property
    def code(self) -> str | None:
        """Differs where the code does, on whichever machine it is; None where nobody knows."""
        return self.commit or self.digest or self.package or self.image


def resolve_source(source: str, base: Path, session: Session, folder: str = ".", own: Collection[Path] = ()) -> Source:
    """Makes the code of a release available; its description tells of files that are in no commit.

    Args:
        source: A path relative to ``base``; or ``git:REF``, where ``git:merge-base(REF)`` is where the work on HEAD
            left REF, and ``git:tag(PATTERN)`` the newest matching tag behind HEAD; or ``pypi:NAME==VERSION``,
            ``image:REF`` or ``url:ADDRESS``, whose folder is an empty one of its own.
        base: Folder of the settings file.
        session: Told of a worktree; holds folders.
        folder: Where the release's code is, relative to ``base`` or to what that is in the commit.
        own: Files that only the rehearsal reads, such as its settings: whoever changes them works on no release.

    Raises:
        SourceError: There is no such folder, repository or commit, or that names no package.
    """
    if source.startswith("git:"):
        return _worktree(source.removeprefix("git:"), base, session, folder, own)
    if source.startswith(PACKAGE):
        return _package(source, session)
    if source.startswith(IMAGE):
        root = Path(tempfile.mkdtemp("", "image-", session.directory))
        return Source(root=root, description=source, image=source.removeprefix(IMAGE))
    if source.startswith(RUNNING):
        return Source(root=Path(tempfile.mkdtemp("", "running-", session.directory)), description=source)
    if ":" in source.split("/", 1)[0]:
        raise SourceError(f"unknown kind of source '{source}': give a path, git:REF, pypi:NAME==VERSION or image:REF")
    root = (base / folder / source).resolve()
    if not root.is_dir():
        raise SourceError(f"the source '{source}' does not exist: there is no folder {root}; correct source")
    changed = _uncommitted(root)
    cure = f"commit {'them' if changed != 1 else 'it'}, so that others can find this release"
    description = f"{source} (with {_count(changed)} not committed: {cure})" if changed else source
    return Source(root=root, description=description, digest=digest_code(root, _project_files(root)))


def _package(source: str, session: Session) -> Source:
    package = source.removeprefix(PACKAGE)
    if not _PINNED.fullmatch(package):
        raise SourceError(f"the source '{source}' names no release: give its exact version, as in pypi:NAME==1.2.3")
    return Source(root=Path(tempfile.mkdtemp("", "package-", session.directory)), description=source, package=package)


def _worktree(ref: str, base: Path, session: Session, folder: str, own: Collection[Path]) -> Source:
    top = Path(
        _git(
            base,
            "rev-parse",
            "--show-toplevel",
            missing=f"{base} is in no git repository: name a folder with that release by source",
        )
    )
    here = Path(os.path.normpath(base.resolve() / folder))
    if not here.is_relative_to(top.resolve()):
        raise SourceError(f"the folder {here} is outside of the repository {top}: correct folder")
    sought = _SOUGHT.fullmatch(ref)
    head = _head(base)
    if head is None and (sought or not _git(base, "for-each-ref", "--count=1")):
        raise SourceError(
            f"nothing is committed yet on the branch that is checked out in {top}, so that there is no 'git:{ref}': "
            "commit the old release there first, or name a folder with it by source"
        )
    match sought.groups() if sought else ("", ref):
        case "merge-base", other:
            commit, found = _merge_base(other, base, top), ""
        case "tag", pattern:
            found = _newest_tag(pattern, base, top, lambda: _is_worked_on(top, base, here, own))
            commit = _commit(f"refs/tags/{found}", base, top)
            found += ", "
        case _:
            commit, found = _commit(ref, base, top), ""
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
    below = here.relative_to(top.resolve())
    root = path / below
    if not root.is_dir():
        raise SourceError(
            f"the source 'git:{ref}' has no folder {below}: the project lay elsewhere at {commit[:10]}; say where the "
            'code is there, relative to the settings, e.g. folder = ".." under [old]'
        )
    is_head = commit == head
    changed = _uncommitted(here if here.is_dir() else base) if is_head else 0
    missed = f", without {_count(changed)} not committed" if changed else ""
    description = f"git:{ref} ({found}{commit[:10]}{missed})"
    origin = f"{'' if root == path else f'{below} of '}git:{ref} ({commit[:10]})"
    return Source(root=root, description=description, commit=commit, head=here if is_head else None, origin=origin)


def _head(base: Path) -> str | None:
    """The commit that is checked out; None where its branch has none yet (gitglossary(7), "unborn")."""
    try:
        return _git(base, "rev-parse", "--verify", "--quiet", "HEAD")
    except SourceError:
        return None


def _uncommitted(folder: Path) -> int:
    """How many files in a folder of a repository are in no commit as they are; none where there is no repository.

    Whoever reads the report later finds them nowhere. Reports of earlier runs, which lie there too, are not meant.
    """
    try:
        lines = _git(folder, "status", "--porcelain", "--untracked-files=all", "--", ".", _COMPILED).splitlines()
    except SourceError:
        return 0
    new = [line.removeprefix("?? ").strip('"') for line in lines if line.startswith("?? ")]
    return len(lines) - len(new) + len(leave_out_folders(new, REPORT_MARKS))


def _is_worked_on(top: Path, base: Path, here: Path, own: Collection[Path]) -> bool:
    """Whether the project is another one than the commit that is checked out, in its settings' folder or its code's."""
    places = ("--", ".", f":(literal){here}")
    status = _git(base, "status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", *places)
    entries = [(entry[:2], entry[3:]) for entry in status.split("\0") if entry]
    root = top.resolve()
    return is_worked_on(
        changed=[name for kind, name in entries if kind != _NEW],
        new=[name for kind, name in entries if kind == _NEW],
        tracked=_git(base, "ls-files", "-z", "--full-name", *places).split("\0"),
        own={path.resolve().relative_to(root).as_posix() for path in own if path.resolve().is_relative_to(root)},
        places={".", base.resolve().relative_to(root).as_posix()},
    )


def _project_files(folder: Path) -> list[str] | None:
    """Files in a folder of a repository that git does not ignore; None where there is no repository, or all are."""
    try:
        names = _git(folder, "ls-files", "--cached", "--others", "--exclude-standard", "-z")
    except SourceError:
        return None
    return names.removesuffix("\0").split("\0") if names else None


def _count(changed: int) -> str:
    return f"{changed} file{'s' * (changed != 1)} that {'are' if changed != 1 else 'is'}"


def _commit(ref: str, base: Path, top: Path, shown: str = "") -> str:
    cure = _cure(base, 'fetch it first ("git fetch origin"), or name another ref ("git branch -a" lists them)')
    return _git(
        base,
        "rev-parse",
        "--verify",
        "--quiet",
        "--end-of-options",
        f"{ref}^{{commit}}",
        missing=f"the source 'git:{shown or ref}' does not exist in {top}: {cure}",
    )


def _merge_base(ref: str, base: Path, top: Path) -> str:
    """The commit at which HEAD and a ref parted."""
    other = _commit(ref, base, top, f"merge-base({ref})")
    cure = _cure(base, "they share no history, so name a ref that HEAD comes from")
    return _git(base, "merge-base", other, "HEAD", missing=f"HEAD and '{ref}' have no merge base in {top}: {cure}")


def _newest_tag(pattern: str, base: Path, top: Path, is_worked_on: Callable[[], bool]) -> str:
    """The newest matching tag, by version, whose commit HEAD contains.

    Migrations of a release that HEAD does not contain are none that it could go on from. Where nobody works on a
    release on top of HEAD, its own tags are passed over if there are others: in the build of a tag, the old release is
    the one before.
    """
    order = [word for suffix in _BEFORE_RELEASE for word in ("-c", f"versionsort.suffix={suffix}")]
    listing = ("tag", "--list", "--sort=-version:refname")
    behind = _git(base, *order, *listing, "--merged", "HEAD", "--", pattern).splitlines()
    if not behind:
        cure = _cure(base, 'fetch the tags ("git fetch --tags origin"), or correct the pattern ("git tag" lists them)')
        raise SourceError(f"no tag matches '{pattern}' behind HEAD in {top}: {cure}")
    own = _git(base, "tag", "--points-at", "HEAD").splitlines()
    before = [tag for tag in behind if tag not in own]
    return before[0] if own and before and not is_worked_on() else behind[0]


def _cure(base: Path, otherwise: str) -> str:
    """What to do about a commit that is not there."""
    if _git(base, "rev-parse", "--is-shallow-repository") == "true":
        return "this clone is shallow: fetch the whole history (in GitHub's checkout action, fetch-depth: 0)"
    return otherwise


def _git(folder: Path, *words: str, missing: str = "git does not answer") -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *words],  # noqa: S607  whichever git the user has
            capture_output=True,
            text=True,
            errors="surrogateescape",  # names of files are bytes
            timeout=_GIT_TIMEOUT_S,
            check=False,
            env={name: value for name, value in os.environ.items() if not name.startswith("GIT_") or name in _KEPT},
        )
    except FileNotFoundError:
        raise SourceError("a source git:REF needs git, and there is no command git on PATH") from None
    except subprocess.TimeoutExpired:
        raise SourceError(f"git did not end within {_GIT_TIMEOUT_S:.0f} s in {folder}") from None
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()
        raise SourceError(missing + (f" (git says: {said[-1]})" if said and "--quiet" not in words else ""))
    return done.stdout.rstrip()  # a line may begin with a space that says something
