"""No dose without a treatment; validated apart, so that nobody has to wait.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute(
            "ALTER TABLE doses DROP CONSTRAINT IF EXISTS doses_treatment_fkey, ADD CONSTRAINT doses_treatment_fkey"
            " FOREIGN KEY (treatment) REFERENCES treatments NOT VALID"
        )
        op.execute("ALTER TABLE doses VALIDATE CONSTRAINT doses_treatment_fkey")


def downgrade() -> None:
    op.execute("ALTER TABLE doses DROP CONSTRAINT doses_treatment_fkey")
