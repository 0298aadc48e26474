"""A sign shows the street alone.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

SIGN = """
CREATE OR REPLACE FUNCTION gate_sign(gate int) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT street FROM gates WHERE id = gate);
END $$
"""


def upgrade() -> None:
    op.execute(SIGN)
    op.drop_column("gates", "postcode")


def downgrade() -> None:
    op.add_column("gates", sa.Column("postcode", sa.Text()))
