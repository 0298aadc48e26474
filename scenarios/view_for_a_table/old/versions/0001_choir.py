"""Who comes to which rehearsal, who sings what, and how many scores there are.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute(
        "CREATE TABLE attendances (rehearsal text, singer text, comes boolean NOT NULL, "
        "CONSTRAINT one_answer PRIMARY KEY (rehearsal, singer))"
    )
    op.execute("CREATE TABLE singers (name text PRIMARY KEY, voice text NOT NULL)")
    op.execute("CREATE TABLE scores (title text PRIMARY KEY, copies int NOT NULL)")


def downgrade() -> None:
    op.execute("DROP TABLE scores, singers, attendances")
