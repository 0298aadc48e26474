"""We bake with spelt, too.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute(
            "ALTER TABLE rolls DROP CONSTRAINT rolls_flour_check,"
            " ADD CONSTRAINT rolls_flour_check CHECK (flour IN ('wheat', 'rye', 'spelt')) NOT VALID"
        )
        op.execute("ALTER TABLE rolls VALIDATE CONSTRAINT rolls_flour_check")


def downgrade() -> None:
    op.execute(
        "ALTER TABLE rolls DROP CONSTRAINT rolls_flour_check,"
        " ADD CONSTRAINT rolls_flour_check CHECK (flour IN ('wheat', 'rye'))"
    )
