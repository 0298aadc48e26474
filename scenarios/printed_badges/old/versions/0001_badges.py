"""Badges, and what was printed.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE badges (id serial PRIMARY KEY, name text NOT NULL, printed_at timestamptz)")
    op.execute("CREATE TABLE prints (badge_id int PRIMARY KEY REFERENCES badges, text text NOT NULL)")


def downgrade() -> None:
    op.execute("DROP TABLE prints, badges")
