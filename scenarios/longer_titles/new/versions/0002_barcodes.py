"""Barcodes may have 18 characters; nothing that is there has to be touched.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.alter_column("records", "barcode", type_=sa.String(18))


def downgrade() -> None:
    op.alter_column("records", "barcode", type_=sa.String(13))
