"""What a parcel costs is changed twice a year, so it is kept in a table.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("CREATE TABLE rates (kilos int PRIMARY KEY, cents int NOT NULL)")
    op.execute("INSERT INTO rates VALUES (1, 490), (2, 690), (5, 890)")


def downgrade() -> None:
    op.execute("DROP TABLE rates")
