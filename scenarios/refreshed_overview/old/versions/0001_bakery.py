"""Sales, the price list, and the overview with what was sold so far.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE sales (id serial PRIMARY KEY, bread text NOT NULL, pieces int NOT NULL)")
    op.execute("CREATE TABLE prices (bread text PRIMARY KEY, cents int NOT NULL)")
    op.execute("INSERT INTO prices VALUES ('rye', 380), ('spelt', 450)")
    op.execute("INSERT INTO sales (bread, pieces) VALUES ('rye', 12), ('spelt', 7)")
    op.execute(
        "CREATE MATERIALIZED VIEW sold_breads AS SELECT bread, sum(pieces)::int AS pieces FROM sales GROUP BY bread"
    )
    op.execute("CREATE UNIQUE INDEX sold_breads_key ON sold_breads (bread)")


def downgrade() -> None:
    op.execute("DROP MATERIALIZED VIEW sold_breads")
    op.execute("DROP TABLE sales, prices")
