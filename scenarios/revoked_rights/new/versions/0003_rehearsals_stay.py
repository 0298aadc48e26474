"""Rehearsals are not deleted any more but marked: the application needs no right to.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("REVOKE DELETE ON rehearsals FROM choir_office")


def downgrade() -> None:
    op.execute("GRANT DELETE ON rehearsals TO choir_office")
