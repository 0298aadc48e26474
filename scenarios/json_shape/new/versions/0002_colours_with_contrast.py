"""Every contact's colours get a contrast.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("""UPDATE contacts SET colours = colours || '{"contrast": "plain"}'""")


def downgrade() -> None:
    op.execute("UPDATE contacts SET colours = colours - 'contrast'")
