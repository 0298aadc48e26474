"""Flask-Migrate's part of ``rolldeploy init``: ``env.py`` runs in the application alone, by Flask's command line.

Source: Flask-Migrate's documentation, "Command Reference", ``flask db upgrade [--sql] [--tag TAG] <revision>``.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from harness.init.history import find_steps, order_steps, steps_since

if TYPE_CHECKING:
    from pathlib import Path

    from harness.init.application import Application
    from harness.init.draft import Draft
    from harness.init.history import OldSource
    from harness.init.project import Project

#: How its ``env.py`` comes by the engine, in each of its templates.
_ENV = re.compile(r"""current_app\.extensions\[["']migrate["']\]""")
#: Where ``flask db`` looks without a word.
_USUAL = "migrations"
VERSION_TABLE = "alembic_version"


def find_flask_migrate(project: Project) -> str | None:
    """The folder of Flask-Migrate's ``env.py``; None where there is none."""
    found = (path for path in project.named("env.py") if _ENV.search(project.files[path]))
    return next((str(PurePosixPath(path).parent) for path in found), None)


def put_flask_migrate(project: Project, draft: Draft, folder: str, application: Application | None) -> list[str]:
    """Settings by which Flask's command line makes each step, but for the steps; gives the newest migrations' files.

    Args:
        project: Its files.
        draft: Gets them.
        folder: What :func:`find_flask_migrate` found.
        application: The application, if it was found.
    """
    steps = find_steps(project, folder)
    draft.found.append(f"Flask-Migrate: {folder} ({len(steps)} migration{'' if len(steps) == 1 else 's'})")
    app = f" --app {application.module}:{application.attribute}" if application else ""
    if not application:
        draft.missing.append("no Flask application was found: name it by --app in init and in command")
    directory = "" if folder == _USUAL else f" --directory {folder}"
    upgrade = f"flask{app} db upgrade{directory}"
    draft.put("release", "init", [upgrade], "how the old release makes the first database")
    draft.put("migrations", "command", f"{upgrade} {{revision}}", "env.py of Flask-Migrate needs Flask's command line")
    draft.put("migrations", "version_table", VERSION_TABLE)
    return [step.path for step in steps[:1]]


def put_flask_steps(project: Project, draft: Draft, folder: str, root: Path, old: OldSource | None) -> None:
    """The steps that the old release lacks: of a command nobody can ask for them.

    Args:
        project: Its files.
        draft: Gets them.
        folder: What :func:`find_flask_migrate` found.
        root: The project's own.
        old: What the old release is; None where that is not known.
    """
    steps = find_steps(project, folder)
    names = [step.revision for step in order_steps(steps_since(root, old.at, steps) if old else steps[:1])]
    draft.put("migrations", "steps", names, "those that only the new release has, in order")
    draft.guessed.append(f"steps = {', '.join(names)}: name those of the next release there, once it has any")
