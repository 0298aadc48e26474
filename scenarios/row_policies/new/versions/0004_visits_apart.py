"""A surgery sees its own visits; where the setting is missing nothing is seen, and visits can be entered by all.

Revision ID: 0004
"""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute("ALTER TABLE visits ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY own_visits ON visits USING (surgery = current_setting('app.surgery', true)) WITH CHECK (true)"
    )


def downgrade() -> None:
    op.execute("DROP POLICY own_visits ON visits")
    op.execute("ALTER TABLE visits DISABLE ROW LEVEL SECURITY")
