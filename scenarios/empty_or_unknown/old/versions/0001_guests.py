"""Guests and courses.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE guests (id serial PRIMARY KEY, name text NOT NULL, allergies text, language text)")
    op.execute(
        "CREATE TABLE courses (id serial PRIMARY KEY, dish text NOT NULL, places integer, booked integer NOT NULL)"
    )


def downgrade() -> None:
    op.execute("DROP TABLE courses")
    op.execute("DROP TABLE guests")
