"""A surgery sees its own patients; who does not say which surgery it is sees all, as long as there is such code.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("ALTER TABLE patients ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY own_patients ON patients USING ("
        "NULLIF(current_setting('app.surgery', true), '') IS NULL OR surgery = current_setting('app.surgery', true))"
    )


def downgrade() -> None:
    op.execute("DROP POLICY own_patients ON patients")
    op.execute("ALTER TABLE patients DISABLE ROW LEVEL SECURITY")
