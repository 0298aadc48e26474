"""A history with two heads in two folders, whose versions are two rows of a table with another name and schema."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from plugin.projects import Project

INI = """
[alembic]
script_location = %(here)s/migrations
version_locations = %(here)s/migrations/versions %(here)s/tags/versions
path_separator = space
"""
ENV = """
import os
from alembic import context
from sqlalchemy import create_engine, pool, text
with create_engine(os.environ["DATABASE_URL"], poolclass=pool.NullPool).connect() as connection:
    connection.execute(text("CREATE SCHEMA IF NOT EXISTS meta"))
    connection.commit()
    context.configure(connection=connection, version_table="applied", version_table_schema="meta")
    with context.begin_transaction():
        context.run_migrations()
"""
REVISION = '''
"""{doc}"""
from alembic import op
revision = "{id}"
down_revision = {down!r}
branch_labels = {labels!r}
def upgrade():
    op.execute("{statement}")
'''


@pytest.fixture
def branched(notes: Project) -> Project:
    """The example, with a branch for tags that begins at a base of its own."""
    tags = REVISION.format(doc="Tags.", id="t1", down=None, labels=("tags",), statement="CREATE TABLE tags (id int)")
    for release in ("old", "new"):
        notes.write(f"{release}/alembic.ini", INI)
        notes.write(f"{release}/migrations/env.py", ENV)
        notes.write(f"{release}/tags/versions/t1_tags.py", tags)
    colour = "ALTER TABLE tags ADD colour text"
    more = REVISION.format(doc="Colours.", id="t2", down="t1", labels=None, statement=colour)
    notes.write("new/tags/versions/t2_colours.py", more)
    notes.replace("rolldeploy.toml", "[strategy]", '[migrations]\ntarget = "heads"\n\n[strategy]')
    return notes


def test_each_branch_has_its_steps_and_the_version_table_is_no_data(branched: Project) -> None:
    run = branched.run("-v")
    run.assert_says(
        "a_note_is_kept[0002_add_pinned-new-warm] PASSED",
        "a_note_is_kept[0002_add_pinned-old-warm] PASSED",
        "torn-migration[t2_colours] PASSED",
        "torn-migration[0002_add_pinned] PASSED",
        "a_note_is_kept[rollout-mixed] PASSED",
    )
    assert "meta.applied" not in run.text
    assert "alembic_version" not in run.text


def test_new_replicas_that_migrate_at_boot_move_both_rows(branched: Project) -> None:
    branched.replace("rolldeploy.toml", 'target = "heads"', 'target = "heads"\nwhen = "at-boot"')
    branched.replace("rolldeploy.toml", "[new]", '[new]\nboot = "alembic upgrade heads"')
    run = branched.run("-v")
    run.assert_says("a_note_is_kept[rollout-mixed] PASSED", "a_note_is_kept[rollout-new] PASSED")
    assert "left the schema at" not in run.text


def test_two_heads_that_nobody_meant_are_told(branched: Project) -> None:
    branched.replace("rolldeploy.toml", 'target = "heads"', 'target = "head"')
    branched.run().assert_refused(2, "history has 2 heads (0001, t1)", 'or set target = "heads" under [migrations]')
    shutil.rmtree(branched.folder / "old/tags")
    shutil.rmtree(branched.folder / "new/tags")
    assert branched.run("--collect-only").status == pytest.ExitCode.OK
