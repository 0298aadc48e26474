"""Records and sales.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE records (id serial PRIMARY KEY, title varchar(20) NOT NULL, barcode varchar(13) NOT NULL)")
    op.execute("CREATE TABLE sales (id serial PRIMARY KEY, cents integer NOT NULL)")


def downgrade() -> None:
    op.execute("DROP TABLE sales")
    op.execute("DROP TABLE records")
