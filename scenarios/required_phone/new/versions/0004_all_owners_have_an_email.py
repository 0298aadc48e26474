"""And so have all the others.

Revision ID: 0004
"""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute("ALTER TABLE owners VALIDATE CONSTRAINT owners_have_email")


def downgrade() -> None:
    pass
