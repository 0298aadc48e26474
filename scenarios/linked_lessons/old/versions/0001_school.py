"""Pupils, lessons, payments.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE pupils (id serial PRIMARY KEY, name text NOT NULL)")
    op.execute("CREATE TABLE lessons (id serial PRIMARY KEY, pupil int NOT NULL, topic text NOT NULL)")
    op.execute("CREATE TABLE payments (id serial PRIMARY KEY, pupil int NOT NULL, cents int NOT NULL)")
    op.execute("CREATE INDEX lessons_by_pupil ON lessons (pupil)")
    op.execute("CREATE INDEX payments_by_pupil ON payments (pupil)")


def downgrade() -> None:
    op.execute("DROP TABLE pupils, lessons, payments")
