"""The month's pass is that of guests, as residents get one of their own; passes that are sold follow.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("UPDATE tariffs SET code = 'month-guest' WHERE code = 'month'")
    op.execute("INSERT INTO tariffs VALUES ('month-resident', 6000)")


def downgrade() -> None:
    op.execute("DELETE FROM tariffs WHERE code = 'month-resident'")
    op.execute("UPDATE tariffs SET code = 'month' WHERE code = 'month-guest'")
