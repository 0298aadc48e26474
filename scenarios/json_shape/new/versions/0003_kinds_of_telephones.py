"""A telephone is an object with a number and a kind.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute(
        "UPDATE contacts SET details = jsonb_build_object("
        "'phone', jsonb_build_object('number', details -> 'phone', 'kind', 'work')) "
        "WHERE jsonb_typeof(details -> 'phone') = 'string'"
    )


def downgrade() -> None:
    op.execute("UPDATE contacts SET details = jsonb_build_object('phone', details -> 'phone' -> 'number')")
