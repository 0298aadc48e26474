"""Makes both releases available before anything runs: their code, their interpreters, the revisions that they know."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import EngineError, MigrationError, SourceError
from harness.model.waiver import WAIVERS_NAME
from harness.runtime.building import Order, build_environments, no_wait
from harness.runtime.images import Image, find_image
from harness.runtime.installed import Installed
from harness.runtime.recipe import read_recipe
from harness.runtime.sources import resolve_source
from harness.template import fill, placeholders

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.model.release import Release
    from harness.model.settings import Settings
    from harness.runtime.forks import Forks
    from harness.runtime.process import Processes
    from harness.runtime.reaper import Session
    from harness.runtime.workplace import Workplace

#: What Python is called in an image, unless the settings know better.
_IMAGE_PYTHON = "python3"


def install_releases(
    settings: Settings, session: Session, tell: Callable[[str], None], wait: Callable[[str, float], None] = no_wait
) -> dict[str, Installed]:
    """Makes the code of all releases available, and the environments that they ask for.

    Args:
        settings: All of them.
        session: Told of worktrees and processes.
        tell: Gets a line about what takes long.
        wait: Told again and again what is waited for, and for how many seconds it has been.

    Raises:
        SourceError: That of one cannot be had, or not be installed.
    """
    base = settings.path.parent
    own = (settings.path, base / (settings.waivers or WAIVERS_NAME))
    sources, pythons, orders, images = {}, {}, [], dict[str, Image]()
    releases = (*settings.earlier, settings.old, settings.new)
    for release in releases:
        name = release.name
        source = sources[name] = resolve_source(release.source, base, session, release.folder, own)
        if source.image is not None:
            image = images[name] = _find_image(source.image, name, tell)
            sources[name] = replace(source, description=image.description)
            pythons[name] = release.python or _IMAGE_PYTHON
            continue
        python = pythons[name] = find_python(release, base)
        if release.environment is not None:
            recipe = read_recipe(release.environment, source, python)
            orders.append(Order(name=name, recipe=recipe, root=source.root, description=source.description))
    if orders:
        pythons |= build_environments(orders, session, tell, wait)
    return {
        release.name: Installed(
            release=release,
            root=sources[release.name].root,
            python=pythons[release.name],
            description=sources[release.name].description,
            code=sources[release.name].code,
            head=sources[release.name].head,
            origin=sources[release.name].origin,
            image=images.get(release.name),
        )
        for release in releases
    }


def _find_image(reference: str, name: str, tell: Callable[[str], None]) -> Image:
    try:
        return find_image(reference, tell)
    except EngineError as error:
        raise SourceError(f"the {name} release cannot be had: {error}") from None


def find_python(release: Release, base: Path) -> str:
    """The interpreter of a release.

    Args:
        release: Names it, or says nothing: then it is the one that runs this.
        base: Folder of the settings, to which a path is relative; a mere name is looked for on ``PATH``.

    Raises:
        SourceError: There is none.
    """
    if release.python is None:
        return sys.executable
    given = Path(release.python).expanduser()
    found = shutil.which(given) if given.parent == Path() else shutil.which(base / given)
    if found is None:
        raise SourceError(
            f"there is no interpreter {release.python} for the {release.name} release: looked "
            f"{'on PATH' if given.parent == Path() else f'at {base / given}'}; correct python = in the settings"
        )
    return found


def place_without_server(installed: Installed, folder: Path, processes: Processes, forks: Forks) -> Workplace:
    """Where a process of a release runs before there is any server: its variables name one that is not there.

    Args:
        installed: The release.
        folder: Gets its log and its home.
        processes: Owns it.
        forks: Starts it.
    """
    name = installed.release.name
    own = {key: fill(value, _nowhere(value)) for key, value in installed.release.env.items()}
    home = folder / f"home-{name}"
    home.mkdir(parents=True, exist_ok=True)
    log = folder / f"history-{name}.log"
    return installed.place(own, home, log=log, processes=processes, forks=forks, mounts=(home,))


def _nowhere(template: str) -> dict[str, str]:
    """Values for a variable of a process that connects to nothing."""
    known = {"host": "127.0.0.1"}
    return {name: "1" if name.startswith("port") else known.get(name, "nobody") for name in placeholders(template)}


def check_first_state(settings: Settings) -> None:
    """Where the settings alone name the steps, nobody but the application knows how the first database is made.

    Raises:
        MigrationError: The settings do not say it.
    """
    if settings.migrations.steps and not settings.old.init:
        raise MigrationError(
            "with steps = under [migrations], the old release must say how the first database is made: "
            'add init = ["..."] under [old]'
        )
