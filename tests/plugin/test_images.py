"""A whole rehearsal of releases that are container images."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from engines import POSTGRES_IMAGE, PYTHON_IMAGE, containers_of, networks_of, require_image

from harness.runtime.reaper import Container
from plugin.projects import Run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from plugin.projects import Project

#: What the example needs, with what that needs.
LIBRARIES = ("psycopg", "psycopg-binary", "alembic", "sqlalchemy", "mako", "markupsafe", "typing-extensions")
DOCKERFILE = f"""
FROM {PYTHON_IMAGE}
ENV PYTHONPATH=/libraries
COPY libraries /libraries
RUN python3 -m compileall -q /libraries
COPY release /srv/notes
WORKDIR /srv/notes
ENTRYPOINT ["/bin/false"]
"""
#: The watcher looks five times a second, and the engine removes one container after the other.
SOON_S = 20.0
#: A container for each copy of a journey would take long: the first one looks, while others go on beside it.
LOOKS = """    if not BEGUN:
        BEGUN.append(True)
        asked = "import os, urllib.request as web; web.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/readyz')"
        told = client.run(["sh", "-c", "pwd; touch $SHARED/file && ls $SHARED; printenv AT HOME"]).stdout.split()
        Path("home").write_text(told.pop())
        assert told == ["/srv/notes", "file", "postgres:5432"]
        assert client.run(["python3", "-c", asked]).returncode == 0
"""
BREAKING_STEP = """
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.alter_column("notes", "body", new_column_name="content")
"""
SLOW_STEP = """
def upgrade() -> None:
    print("in the middle", flush=True)
    op.execute("SELECT pg_sleep(600) WHERE right(current_database(), 4) = 'live'")  # the control run comes first
"""


@pytest.fixture
def make_images(notes: Project) -> Iterator[Callable[[], dict[str, str]]]:
    """Makes the releases of the example into images, and leaves no other trace of them."""
    require_image(PYTHON_IMAGE)
    if sys.version_info[:2] != (3, 11):
        pytest.skip(f"the libraries of this Python are not those of {PYTHON_IMAGE}, and a build has no network")
    made = {name: f"rolldeploy-test-{name}:{os.getpid()}" for name in ("old", "new")}

    def make() -> dict[str, str]:
        for name, tag in made.items():
            # As images that are deployed do: from outside its container, nobody reaches the loopback interface there.
            notes.replace(f"{name}/app.py", 'HTTPServer(("127.0.0.1"', 'HTTPServer(("0.0.0.0"')
            build(notes.folder / name, tag, notes.folder / f"build-{name}")
            notes.replace("rolldeploy.toml", f'source = "{name}"', f'source = "image:{tag}"')
        notes.replace("rolldeploy.toml", 'serve = "python app.py', 'serve = "python3 app.py')
        return made

    yield make
    subprocess.run(["docker", "image", "rm", "--force", *made.values()], capture_output=True, check=False)


def build(release: Path, tag: str, context: Path) -> None:
    for library in LIBRARIES:
        for file in importlib.metadata.files(library) or ():
            if ".." not in file.parts and "__pycache__" not in file.parts:
                target = context / "libraries" / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file.locate(), target)
    shutil.copytree(release, context / "release")
    shutil.rmtree(release)
    (context / "Dockerfile").write_text(DOCKERFILE)
    command = ["docker", "build", "--quiet", "--network", "none", "--tag", tag, str(context)]
    done = subprocess.run(
        command, env={**os.environ, "DOCKER_BUILDKIT": "0"}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    shutil.rmtree(context)


@pytest.mark.container
def test_a_safe_and_a_breaking_step_of_images_on_one_network_with_postgres(
    notes: Project, make_images: Callable[[], dict[str, str]]
) -> None:
    require_image(POSTGRES_IMAGE)
    notes.write("new/migrations/versions/0003_rename_body.py", BREAKING_STEP)
    notes.replace("new/app.py", "SELECT id, body", "SELECT id, content AS body")
    notes.replace(
        "new/app.py",
        "notes (body) VALUES (%s) RETURNING id, body",
        "notes (content) VALUES (%s) RETURNING id, content AS body",
    )
    notes.replace("rolldeploy.toml", "env = {", 'env = { SHARED = "{shared}", AT = "{host}:{port}",')
    notes.replace("test_notes.py", "@journey\n", "BEGUN = []\n\n\n@journey\n")
    notes.replace("test_notes.py", "import annotations\n", "import annotations\n\nfrom pathlib import Path\n")
    notes.replace("test_notes.py", '    written = client.post("/notes"', LOOKS + '    written = client.post("/notes"')
    images = make_images()
    run = notes.run("-v", "-rs", postgres=f"container:{POSTGRES_IMAGE}")
    run.assert_says(
        f"old         image:{images['old']} (",
        f"new         image:{images['new']} (",
        "PostgreSQL  15",
        "(container)",
    )
    safe = {item: outcome for item, outcome in run.outcomes.items() if "[0002_add_pinned" in item}
    assert safe["test_notes.py::a_note_is_kept[0002_add_pinned-old-warm]"] == "PASSED"
    assert safe["test_notes.py::torn-migration[0002_add_pinned]"] == "PASSED"
    assert "FAILED" not in safe.values()
    assert run.outcomes["test_notes.py::a_note_is_kept[0003_rename_body-old-warm]"] == "FAILED"
    run.assert_says('42703: column "body"', "0003_rename_body renamed column notes.body to content")
    assert run.status == 1
    home = (notes.folder / "home").read_text()
    [session] = [part for part in home.split("/") if part.startswith("rolldeploy-")]
    assert (containers_of(session), networks_of(session)) == ([], [])


@pytest.mark.container
@pytest.mark.parametrize(
    ("sent", "postgres", "networks"),
    [
        (signal.SIGINT, "embedded", 0),
        (signal.SIGINT, f"container:{POSTGRES_IMAGE}", 1),
        (signal.SIGKILL, f"container:{POSTGRES_IMAGE}", 1),
    ],
    ids=["SIGINT", "SIGINT-network", "SIGKILL-network"],
)
def test_no_container_is_left_in_the_middle_of_a_walk(
    notes: Project, make_images: Callable[[], dict[str, str]], sent: signal.Signals, postgres: str, networks: int
) -> None:
    notes.add("new/migrations/versions/0002_add_pinned.py", SLOW_STEP)
    make_images()
    with notes.start(postgres=postgres) as process:
        notes.await_true(
            "the migration is in the middle", lambda: is_in_the_middle(notes) or process.poll() is not None
        )
        assert process.poll() is None, process.communicate()[0]
        [session] = [path.name for path in notes.temporary.glob("rolldeploy-*")]
        noted = {resource.name for resource in notes.resources() if isinstance(resource, Container)}
        assert noted >= set(containers_of(session))
        assert any("old-1" in name for name in noted)
        assert len(networks_of(session)) == networks
        process.send_signal(sent)
        run = Run.finish(process)
    assert run.status == (int(pytest.ExitCode.INTERRUPTED) if sent is signal.SIGINT else -sent)
    notes.await_true("all are gone", lambda: not containers_of(session) and not networks_of(session), SOON_S)
    notes.assert_nothing_left()


def is_in_the_middle(notes: Project) -> bool:
    logs = notes.temporary.glob("rolldeploy-*/rehearsals/*/logs/new-migrator-live.log")
    return any("in the middle" in log.read_text() for log in logs)


def test_an_image_without_a_docker_engine_is_one_sentence(notes: Project) -> None:
    notes.replace("rolldeploy.toml", 'source = "old"', 'source = "image:notes:1"')
    notes.env["DOCKER_HOST"] = "unix:///nowhere/docker.sock"
    run = notes.run()
    sentence = "the old release cannot be had: no Docker engine answers (No such file or directory); start one"
    run.assert_refused(int(pytest.ExitCode.INTERRUPTED), sentence)


@pytest.mark.container
def test_an_image_that_cannot_be_pulled_is_one_sentence(notes: Project) -> None:
    require_image(PYTHON_IMAGE)
    notes.replace("rolldeploy.toml", 'source = "old"', 'source = "image:registry.invalid/notes:1"')
    run = notes.run()
    run.assert_says(
        "rolldeploy: pulling registry.invalid/notes:1",
        "the old release cannot be had: image registry.invalid/notes:1 is not here and cannot be pulled (",
        "pull it by hand (docker pull registry.invalid/notes:1)",
    )
    assert run.status == int(pytest.ExitCode.INTERRUPTED)
