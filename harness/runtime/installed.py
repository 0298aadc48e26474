"""A release whose code is there: on this machine, or in a container image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.runtime.process import release_environment
from harness.runtime.workplace import Workplace
from harness.template import file_placeholders, placeholders

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from harness.model.release import Release
    from harness.runtime.images import Image


@dataclass(frozen=True, kw_only=True)
class Installed:
    """A release whose code is there.

    Args:
        release: How it is started.
        root: Where its commands run; of an image, what was copied out of it.
        python: Its interpreter; of an image, what it is called there.
        description: What it is, for the report.
        code: Differs where the code does; None where nobody knows.
        image: What its code is in, if it is in one.
        head: The folder of the project itself, where its code is the commit that is checked out there.
        origin: The commit and the path in it, in words, where ``root`` is gone once the rehearsal has ended.
    """

    release: Release
    root: Path
    python: str
    description: str
    code: str | None = None
    image: Image | None = None
    head: Path | None = None
    origin: str = ""

    @property
    def own_variables(self) -> frozenset[str]:
        """Variables of which no two processes have the same value: those that name a database, say, and the home."""
        named = (name for name, value in self.release.env.items() if placeholders(value))
        return frozenset(named) | frozenset(self.release.bypass) | {"HOME"}

    @property
    def placeholders(self) -> frozenset[str]:
        """All that its commands, variables and files name."""
        files = map(file_placeholders, self.release.files.values())
        return frozenset().union(*map(placeholders, self.release.templates), *files)

    def place(self, own: Mapping[str, str], home: Path, **rest: Any) -> Workplace:
        """Where its commands run.

        Args:
            own: Its own variables, filled in.
            home: Its home.
            rest: Whatever else a :class:`Workplace` has.
        """
        if self.image is None:
            env = release_environment(self.root, self.python, own, home)
        else:  # all the rest is the image's own
            env = {"PYTHONUNBUFFERED": "1", "HOME": str(home), **own}
        return Workplace(
            root=self.root,
            python=self.python,
            env=env,
            own=self.own_variables,
            image=self.image,
            origin=self.origin,
            **rest,
        )
