"""Count the singers of each choir anew.

Revision ID: 0002
"""

import time

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

COUNT = sa.text("SELECT choirs.id, count(singers.id) FROM choirs LEFT JOIN singers ON choir_id = choirs.id GROUP BY 1")


def upgrade() -> None:
    counted = op.get_bind().execute(COUNT).all()
    time.sleep(1)  # so long it takes where there are many
    for choir, singers in counted:
        op.execute(f"UPDATE choirs SET singers = {singers} WHERE id = {choir}")


def downgrade() -> None:
    """Nothing is to be taken back."""
