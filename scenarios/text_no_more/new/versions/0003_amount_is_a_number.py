"""How many plants are in a bed is a number.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.alter_column(
        "beds", "amount", type_=sa.Integer(), postgresql_using=r"coalesce(substring(amount FROM '\d+'), '0')::integer"
    )


def downgrade() -> None:
    op.alter_column("beds", "amount", type_=sa.Text())
