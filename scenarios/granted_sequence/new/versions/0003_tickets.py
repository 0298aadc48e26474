"""Every repair gets the next number of a ticket, whoever enters it.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("CREATE SEQUENCE ticket_numbers")
    op.execute("ALTER TABLE repairs ADD COLUMN ticket bigint")
    op.execute("ALTER TABLE repairs ALTER COLUMN ticket SET DEFAULT nextval('ticket_numbers')")


def downgrade() -> None:
    op.execute("ALTER TABLE repairs DROP COLUMN ticket")
    op.execute("DROP SEQUENCE ticket_numbers")
