"""A payment belongs to a pupil that exists; those that are there are looked at by the next revision.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_foreign_key("payments_pupil_fkey", "payments", "pupils", ["pupil"], ["id"], postgresql_not_valid=True)


def downgrade() -> None:
    op.drop_constraint("payments_pupil_fkey", "payments")
