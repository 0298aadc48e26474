"""Jobs and what was paid for them.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TYPE job_state AS ENUM ('waiting', 'done')")
    op.execute("CREATE TYPE payment_way AS ENUM ('cash', 'card')")
    op.execute(
        "CREATE TABLE jobs (id serial PRIMARY KEY, customer text NOT NULL, work text NOT NULL, state job_state NOT NULL)"
    )
    op.execute("CREATE INDEX jobs_customer ON jobs (customer)")
    op.execute(
        "CREATE TABLE payments (id serial PRIMARY KEY, job_id int NOT NULL REFERENCES jobs, cents int NOT NULL, "
        "way payment_way NOT NULL)"
    )


def downgrade() -> None:
    op.execute("DROP TABLE payments, jobs")
    op.execute("DROP TYPE payment_way, job_state")
