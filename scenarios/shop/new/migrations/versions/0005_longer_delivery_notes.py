"""longer delivery notes: the courier needs the order's number beside them

The rows stay as they are: PostgreSQL rewrites nothing when a varchar grows.
"""

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"


def upgrade() -> None:
    op.alter_column("deliveries", "note", existing_type=sa.String(20), type_=sa.String(200), existing_nullable=False)


def downgrade() -> None:
    op.alter_column(
        "deliveries",
        "note",
        existing_type=sa.String(200),
        type_=sa.String(20),
        existing_nullable=False,
        postgresql_using="left(note, 20)",
    )
