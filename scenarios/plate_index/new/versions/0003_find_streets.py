"""And by street.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index("permits_by_street", "permits", postgresql_concurrently=True, if_exists=True)
        op.create_index("permits_by_street", "permits", ["street"], postgresql_concurrently=True)
        op.execute("SELECT pg_sleep(0.8)")  # stands in for the size of the table


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index("permits_by_street", postgresql_concurrently=True)
