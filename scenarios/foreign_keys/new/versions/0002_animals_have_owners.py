"""Every animal has an owner; validated apart, so that nobody has to wait.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute(
            "ALTER TABLE animals DROP CONSTRAINT IF EXISTS animals_owner_fkey, ADD CONSTRAINT animals_owner_fkey FOREIGN KEY (owner) REFERENCES owners NOT VALID"
        )
        op.execute("ALTER TABLE animals VALIDATE CONSTRAINT animals_owner_fkey")


def downgrade() -> None:
    op.execute("ALTER TABLE animals DROP CONSTRAINT animals_owner_fkey")
