"""Where a release's commands run, and how they are started there."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from harness.runtime.containers import start_container
from harness.runtime.programs import find_program
from harness.template import fill

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.runtime.forks import Forks
    from harness.runtime.images import Image
    from harness.runtime.pods import Pod
    from harness.runtime.process import Child, Processes

#: Longest first line of a script that is looked at; Linux reads 256 bytes of it (execve(2)).
_FIRST_LINE_BYTES = 256


@dataclass(frozen=True, kw_only=True)
class Workplace:
    """Where a release's commands run.

    Args:
        root: Its source, and their working directory.
        python: Its interpreter.
        env: The whole environment of its processes.
        log: File that gets their output.
        processes: Starts and owns them.
        own: Names of the variables whose values no other workplace has.
        forks: Starts what is to be forked; None starts a new interpreter each time.
        preload: Modules that the interpreter has imported before it is forked; where there are none, none is forked.
        strict: Whether each of them must be there.
        values: What the placeholders of a command line stand for.
        image: In containers of which its commands run; None where they are processes.
        mounts: Folders that such a container has, at their own paths.
        pod: Where such a container is on a network; None where that is the machine's own.
        origin: The commit and the path in it, in words, where the folder is gone once somebody reads of it.
    """

    root: Path
    python: str
    env: Mapping[str, str]
    log: Path
    processes: Processes
    own: frozenset[str] = frozenset()
    forks: Forks | None = None
    preload: tuple[str, ...] = ()
    strict: bool = True
    values: Mapping[str, str] = field(default_factory=dict)
    image: Image | None = None
    mounts: tuple[Path, ...] = ()
    pod: Pod | None = None
    origin: str = ""

    @property
    def folder(self) -> Path:
        """Its working folder, which may be one of an image."""
        return self.root if self.image is None else Path(self.image.folder)

    @property
    def where(self) -> str:
        """What its working folder is called in a message."""
        return self.origin or str(self.folder) + ("" if self.image is None else f" of image:{self.image.reference}")

    @property
    def there(self) -> str:
        """Where one runs a command to see what it says in the working folder."""
        return "in a checkout of that commit" if self.origin else "there"

    def retell(self, sentence: str) -> str:
        """A sentence of a program that ran here, without the path of a folder that will be gone."""
        return sentence.replace(f"{self.root}/", "").replace(str(self.root), self.where) if self.origin else sentence

    def fill(self, template: str, **more: str) -> str:
        """A command line with the values of this place, and more."""
        return fill(template, {**self.values, **more})

    def start(self, command: str | list[str], pass_fds: tuple[int, ...] = (), *, errors: Path | None = None) -> Child:
        """Starts a command without a shell; one of the release's own interpreter is forked where there is ``preload``.

        Args:
            command: A command line, split as a shell would, or its words.
            pass_fds: File descriptors that it inherits; a container has none.
            errors: File that gets standard error instead of the log.

        Raises:
            ReleaseError: There is no such command, or no such module.
            HarnessError: The rehearsal is being ended.
        """
        if self.image is not None:
            return start_container(command, self.image, self, errors)
        words = find_program(command, self.env)
        if self.forks is not None and self.preload:
            script = _script(words, self)
            forked = self.forks.fork(script, self, pass_fds, errors) if script else None
            if forked is not None:
                return forked
        return self.processes.start(words, cwd=self.root, env=self.env, log=self.log, pass_fds=pass_fds, errors=errors)

    def serving(self, port: int) -> Workplace:
        """The same for what serves at a port: that, and its further ones, are asked from outside."""
        if self.pod is None:
            return self
        further = (int(value) for name, value in self.values.items() if name.startswith("port:"))
        return replace(self, pod=replace(self.pod, ports=tuple(dict.fromkeys((port, *further)))))

    def with_env(self, **variables: str) -> Workplace:
        """The same with more variables, which are its own."""
        return replace(self, env={**self.env, **variables}, own=self.own | set(variables))


def _script(words: Sequence[str], place: Workplace) -> list[str]:
    """What the interpreter is told to run, ``-m MODULE`` or a file, with arguments; empty where it is another program.

    Options before it act when an interpreter starts, so that no fork could have them.
    """
    program, *arguments = words
    if _is_same(program, place.python):
        fits = bool(arguments) and ((arguments[0] == "-m" and len(arguments) > 1) or not arguments[0].startswith("-"))
        return list(arguments) if fits else []
    with Path(program).open("rb") as file:
        first = file.readline(_FIRST_LINE_BYTES)
    if not first.startswith(b"#!"):
        return []
    interpreter, *rest = first[2:].decode("utf-8", "replace").split()
    if Path(interpreter).name == "env" and len(rest) == 1:
        interpreter, rest = shutil.which(rest[0], path=place.env.get("PATH")) or "", []
    return list(words) if not rest and _is_same(interpreter, place.python) else []


def _is_same(program: str, python: str) -> bool:
    """Whether both are the interpreter of one environment: ``python3`` and ``python3.11`` of it are."""
    one, other = Path(program), Path(python)
    return one.parent == other.parent and one.resolve() == other.resolve()
