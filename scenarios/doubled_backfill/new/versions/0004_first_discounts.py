"""Every member who has no discount gets five percent, in batches, until nobody is left.

Revision ID: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

FILL = """
UPDATE members SET discount = 5
WHERE id IN (SELECT id FROM members WHERE discount IS NULL ORDER BY id LIMIT 20 FOR UPDATE SKIP LOCKED)
"""


def upgrade() -> None:
    with op.get_context().autocommit_block():
        while op.get_bind().execute(sa.text(FILL)).rowcount:
            pass


def downgrade() -> None:
    op.execute("UPDATE members SET discount = NULL")
