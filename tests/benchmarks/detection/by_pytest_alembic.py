"""What pytest-alembic's four default tests say of the new release's history, each on an empty database."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from marks import Opinion
from subjects import NOT_ALEMBIC

if TYPE_CHECKING:
    from pathlib import Path

    from subjects import Subject
    from toolbox import Toolbox

    from harness.runtime.postgres.server import Server

_CONFTEST = """\
import os

import pytest
import sqlalchemy
from alembic.config import Config


@pytest.fixture
def alembic_config():
    return Config(os.environ["DETECTION_INI"], ini_section=os.environ["DETECTION_SECTION"])


@pytest.fixture
def alembic_engine():
    engine = sqlalchemy.create_engine(os.environ["DETECTION_URL"], poolclass=sqlalchemy.pool.NullPool)
    with engine.begin() as connection:
        schemas = connection.execute(
            sqlalchemy.text(
                "SELECT quote_ident(nspname) FROM pg_namespace"
                " WHERE nspname NOT LIKE 'pg\\\\_%' AND nspname <> 'information_schema'"
            )
        ).scalars()
        for schema in schemas.all():
            connection.execute(sqlalchemy.text(f"DROP SCHEMA {schema} CASCADE"))
        connection.execute(sqlalchemy.text("CREATE SCHEMA public"))
    yield engine
    engine.dispose()
"""
_TESTS = "from pytest_alembic.tests import *\n"
#: An ``env.py`` without models is common, and no fault of a migration: that test cannot be run there.
_NO_MODELS = "does not provide a MetaData object"


def ask_pytest_alembic(
    toolbox: Toolbox, subject: Subject, server: Server, database: str, folder: Path
) -> dict[str, Opinion]:
    """Runs the tests once for a scenario; a failure that names a revision is of that step, any other of all.

    Args:
        toolbox: Where pytest-alembic is.
        subject: The scenario.
        server: Where the database is.
        database: A database of its own.
        folder: An empty folder for the tests.
    """
    if not subject.is_alembic:
        return dict.fromkeys(subject.revisions, Opinion(unavailable=NOT_ALEMBIC))
    (folder / "conftest.py").write_text(_CONFTEST, encoding="utf-8")
    (folder / "test_migrations.py").write_text(_TESTS, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    report = folder / "report.xml"
    env = {
        "DETECTION_INI": str(subject.ini),
        "DETECTION_SECTION": subject.settings.migrations.section,
        "DETECTION_URL": f"postgresql+psycopg://{server.user}:{server.password}@{server.host}:{server.port}/{database}",
    }
    words = [
        toolbox.program("python"),
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-c",
        str(folder / "pytest.ini"),
    ]
    ended = subprocess.run(
        [*words, f"--junit-xml={report}", str(folder)],
        cwd=subject.source,
        env=os.environ | subject.environment(server, database) | env,
        capture_output=True,
        text=True,
        check=False,
    )
    if not report.is_file() or ended.returncode not in {0, 1}:
        words_of_it = (ended.stdout + ended.stderr).strip().splitlines() or [""]
        return dict.fromkeys(subject.revisions, Opinion(unavailable=f"cannot run: {words_of_it[-1]}"))
    return attribute(parse_failures(report.read_text(encoding="utf-8")), subject.revisions)


def parse_failures(xml: str) -> dict[str, str]:
    """Reads JUnit XML: what each test that failed says."""
    root = ET.fromstring(xml)  # noqa: S314  written by the pytest that was started here
    return {
        case.attrib["name"]: "\n".join(
            f"{problem.attrib.get('message', '')}\n{problem.text or ''}" for problem in problems
        )
        for case in root.iter("testcase")
        if (problems := [*case.findall("failure"), *case.findall("error")])
    }


def attribute(failures: dict[str, str], revisions: tuple[str, ...]) -> dict[str, Opinion]:
    """Gives each failure to the step that it names, or to all where it names none.

    Args:
        failures: Text by test.
        revisions: The steps.
    """
    rules: dict[str, list[str]] = {revision: [] for revision in revisions}
    for test, text in failures.items():
        if test == "test_model_definitions_match_ddl" and _NO_MODELS in text:
            continue
        named = [revision for revision in revisions if re.search(rf"\b{re.escape(revision)}\b", text)]
        for revision in named or revisions:
            rules[revision].append(test)
    return {revision: Opinion(tuple(found)) for revision, found in rules.items()}
