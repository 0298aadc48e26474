"""Nobody deletes singers or gives them another name: the application needs no right to.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("REVOKE UPDATE, DELETE ON singers FROM choir_office")


def downgrade() -> None:
    op.execute("GRANT UPDATE, DELETE ON singers TO choir_office")
