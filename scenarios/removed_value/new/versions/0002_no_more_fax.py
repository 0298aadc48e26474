"""The fax machine is gone: whoever wanted a fax gets a letter.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("ALTER TYPE contact RENAME TO contact_with_fax")
    op.execute("CREATE TYPE contact AS ENUM ('letter', 'message')")
    op.execute(
        "ALTER TABLE reminders ALTER COLUMN contact TYPE contact "
        "USING (CASE contact WHEN 'fax' THEN 'letter' ELSE contact::text END)::contact"
    )
    op.execute("DROP TYPE contact_with_fax")


def downgrade() -> None:
    op.execute("ALTER TYPE contact ADD VALUE 'fax'")
