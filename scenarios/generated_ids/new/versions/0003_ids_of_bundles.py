"""The application makes the ids of bundles; an id that somebody forgets shall be an error.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("ALTER TABLE bundles ALTER id DROP DEFAULT")
    op.execute("DROP SEQUENCE bundles_id_seq")


def downgrade() -> None:
    op.execute("CREATE SEQUENCE bundles_id_seq OWNED BY bundles.id")
    op.execute("SELECT setval('bundles_id_seq', max(id)) FROM bundles")
    op.execute("ALTER TABLE bundles ALTER id SET DEFAULT nextval('bundles_id_seq')")
