"""Makes the environments of releases with uv: in a cache, each of them once, those of a rehearsal at the same time."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import threading
import time
from concurrent import futures
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from filelock import FileLock, Timeout

from harness.errors import ReleaseError, SourceError
from harness.runtime.process import Processes
from harness.runtime.uv import explain, find_uv, strip_credentials
from harness.runtime.waiting import now
from harness.secrets import Redactor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from harness.runtime.process import Child
    from harness.runtime.reaper import Session
    from harness.runtime.recipe import Recipe

#: Names another folder for environments.
CACHE_VARIABLE = "ROLLDEPLOY_CACHE"
#: Compiling a large driver takes minutes; an hour is a hang.
_BUILD_TIMEOUT_S = 3600.0
#: How often it is looked whether the rehearsal was given up, and told what is waited for.
_POLL_S = 0.2
#: An environment that no rehearsal has asked for in this time is removed when another one is made.
_KEPT_S = 30 * 86_400.0
#: The last file that is made: an environment without it was given up half-way.
_COMPLETE = "rolldeploy-complete"
#: Would have uv or pip work in the environment that pytest runs in, or take its modules.
_FOREIGN = (
    "VIRTUAL_ENV",
    "CONDA_PREFIX",
    "PYTHONPATH",
    "PYTHONHOME",
    "UV_PROJECT_ENVIRONMENT",
    "UV_PYTHON",
    "PIP_TARGET",
)


@dataclass(frozen=True, kw_only=True)
class Order:
    """An environment that a release needs.

    Args:
        name: Which release.
        recipe: How it is made.
        root: The release's source, in which the commands run.
        description: What the release is.
    """

    name: str
    recipe: Recipe
    root: Path
    description: str


def cache_folder() -> Path:
    """Where environments are kept: by ``ROLLDEPLOY_CACHE``, else in the user's folder for caches.

    Source: XDG Base Directory Specification 0.8; Apple, "File System Programming Guide", The Library Directory.
    """
    given = os.environ.get(CACHE_VARIABLE)
    if given:
        return Path(given).expanduser().absolute()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "pytest-rolldeploy"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pytest-rolldeploy"


def no_wait(what: str, waited_s: float) -> None:
    """Shows nothing of what is waited for."""


def build_environments(
    orders: Sequence[Order],
    session: Session,
    tell: Callable[[str], None],
    wait: Callable[[str, float], None] = no_wait,
) -> dict[str, str]:
    """Makes those environments that are not there yet, at the same time.

    Args:
        orders: What each release needs.
        session: Told of the processes.
        tell: Gets one line where something is made.
        wait: Told again and again what is waited for, and for how many seconds it has been.

    Returns:
        The interpreter of each.

    Raises:
        SourceError: One of them cannot be made.
    """
    shelf = cache_folder() / "environments"
    missing = [order for order in orders if not _is_complete(shelf / order.recipe.digest)]
    if missing:
        uv = find_uv()
        tell(f"rolldeploy: building {_describe(missing)}")
        with _Builder(shelf, uv, session) as builder:
            builder.build(missing, wait)
    for order in orders:
        with contextlib.suppress(OSError):  # a cache that others have filled, and that is read here
            os.utime(shelf / order.recipe.digest / _COMPLETE)
    return {order.name: str(_python(shelf / order.recipe.digest)) for order in orders}


class _Builder:
    """A context manager that owns the processes that build."""

    def __init__(self, shelf: Path, uv: str, session: Session) -> None:
        self._shelf = shelf
        self._uv = uv
        self._processes = Processes(session)
        self._given_up = threading.Event()
        self._redact = Redactor()
        self._redact.add_environment(os.environ)

    def __enter__(self) -> Self:
        try:
            self._shelf.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            sentence = f"environments cannot be kept in {self._shelf}: {error.strerror}"
            raise SourceError(f"{sentence}; name another folder in {CACHE_VARIABLE}") from None
        self._pool = futures.ThreadPoolExecutor()
        return self

    def __exit__(self, *_: object) -> None:
        self._given_up.set()
        self._processes.close()
        self._pool.shutdown()

    def build(self, orders: Sequence[Order], wait: Callable[[str, float], None]) -> None:
        """Makes them at the same time; one that another process makes is waited for."""
        began = now()
        building = {order.name: self._pool.submit(self._build_one, order) for order in orders}
        for future in building.values():
            while not futures.wait([future], timeout=_POLL_S).done:
                wait(f"building {_describe([o for o in orders if not building[o.name].done()])}", now() - began)
            future.result()
        self._sweep(order.recipe.digest for order in orders)

    def _build_one(self, order: Order) -> None:
        folder = self._shelf / order.recipe.digest
        lock = FileLock(folder.with_suffix(".lock"))
        while not self._given_up.is_set():
            with contextlib.suppress(Timeout), lock.acquire(timeout=_POLL_S):
                if not _is_complete(folder):
                    self._fill(folder, order)
                return

    def _fill(self, folder: Path, order: Order) -> None:
        """Makes an environment in its own place, since the scripts in it name the path of their interpreter.

        Nobody takes it before its last file is there, which is put in its place by one rename.
        """
        shutil.rmtree(folder, ignore_errors=True)
        log = folder.with_suffix(".log")
        log.unlink(missing_ok=True)
        recipe = order.recipe
        seed = ("--seed",) if recipe.own_pip else ()
        create = ("uv", "venv", "--no-project", *seed, "--python", recipe.python, str(folder))
        env = self._environment(folder, recipe)
        with contextlib.ExitStack() as stack:
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            for command in (create, *recipe.commands):
                begin = log.stat().st_size if log.is_file() else 0
                status = self._run(command, order, _without_python(env) if command is create else env, log)
                if status != 0:
                    reason = self._reason(command, status, self._read(log, begin))
                    raise SourceError(
                        f"no environment can be made for the {order.name} release ({order.description}): {reason} "
                        f"(its log is {log})"
                    )
            stack.pop_all()
        draft = folder / f"{_COMPLETE}.tmp"
        commands = "".join(f"{self._clean(' '.join(command))}\n" for command in recipe.commands)
        draft.write_text(f"{order.description}\n{commands}", encoding="utf-8")
        draft.rename(folder / _COMPLETE)
        log.unlink(missing_ok=True)

    def _environment(self, folder: Path, recipe: Recipe) -> dict[str, str]:
        """The variables of the commands: whatever they call works in the new environment."""
        inherited = {name: value for name, value in os.environ.items() if name not in _FOREIGN}
        path = [str(folder / "bin"), str(Path(self._uv).parent), inherited.get("PATH", os.defpath)]
        dated = {"UV_EXCLUDE_NEWER": recipe.exclude_newer} if recipe.exclude_newer else {}
        return {
            **inherited,
            **dated,
            "PATH": os.pathsep.join(path),
            "VIRTUAL_ENV": str(folder),
            "UV_PROJECT_ENVIRONMENT": str(folder),
            "UV_PYTHON": str(_python(folder)),
            "PIP_PYTHON": str(_python(folder)),  # where a command of a command calls whichever pip is on PATH
            "UV_COMPILE_BYTECODE": "1",  # replicas are started by the dozen
            "UV_NO_PROGRESS": "1",
            "UV_NO_WRAP": "1",  # a line that is broken at a width would be told as two
            "NO_COLOR": "1",
        }

    def _run(self, command: tuple[str, ...], order: Order, env: Mapping[str, str], log: Path) -> int | None:
        """Exit status of a command; None where it did not end."""
        words = [self._uv, *command[1:]] if command[0] == "uv" else list(command)
        try:
            child = self._processes.start(words, cwd=order.root, env=env, log=log)
        except ReleaseError:
            raise SourceError(
                f"setup of the {order.name} release names a command '{words[0]}' that is neither in its environment "
                "nor on PATH: correct it in the settings"
            ) from None
        return _await_end(child)

    def _read(self, log: Path, begin: int) -> list[str]:
        """What a command printed; the log stays, without what is secret.

        Args:
            log: Has what all commands printed.
            begin: Where in it, in bytes, that of the last one begins.
        """
        content = log.read_bytes()
        log.write_text(self._clean(content.decode("utf-8", "replace")), encoding="utf-8")
        return self._clean(content[begin:].decode("utf-8", "replace")).splitlines()

    def _reason(self, command: tuple[str, ...], status: int | None, said: list[str]) -> str:
        """Why a command failed, and what to do."""
        if self._given_up.is_set():
            return "the rehearsal is being ended"
        if status is None:
            return f"'{self._clean(' '.join(command))}' did not end in {_BUILD_TIMEOUT_S:.0f} s"
        if command[0] == "uv":
            return explain(said)
        last = next((f": {line.strip()}" for line in reversed(said) if line.strip()), "")
        return f"'{self._clean(' '.join(command))}' ended with status {status}{last}; correct setup, or what it reads"

    def _clean(self, text: str) -> str:
        return self._redact(strip_credentials(text))

    def _sweep(self, used: Iterable[str]) -> None:
        """Removes what nobody has asked for in a long time."""
        kept = set(used)
        for mark in self._shelf.glob(f"*/{_COMPLETE}"):
            folder = mark.parent
            with contextlib.suppress(OSError):
                if folder.name not in kept and time.time() - mark.stat().st_mtime > _KEPT_S:
                    mark.unlink()
                    shutil.rmtree(folder, ignore_errors=True)


def _describe(orders: Iterable[Order]) -> str:
    return " and ".join(f"{order.name} ({order.description})" for order in orders)


def _await_end(child: Child) -> int | None:
    try:
        return child.popen.wait(_BUILD_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        return None
    finally:
        child.stop(0.0)


def _python(folder: Path) -> Path:
    return folder / "bin" / "python"


def _is_complete(folder: Path) -> bool:
    """Whether an environment can be taken; not where the Python that it was made with has gone."""
    return (folder / _COMPLETE).is_file() and _python(folder).exists()


def _without_python(env: Mapping[str, str]) -> dict[str, str]:
    """For the command that makes the environment: its interpreter is not there yet."""
    return {name: value for name, value in env.items() if name not in {"UV_PYTHON", "VIRTUAL_ENV"}}
