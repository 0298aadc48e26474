"""Nobody books a class twice: the double bookings go, and no more come in.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("LOCK TABLE bookings IN SHARE ROW EXCLUSIVE MODE")
    op.execute(
        "DELETE FROM bookings later USING bookings earlier"
        " WHERE later.member = earlier.member AND later.course = earlier.course AND later.id > earlier.id"
    )
    op.create_index("bookings_once", "bookings", ["member", "course"], unique=True)


def downgrade() -> None:
    op.drop_index("bookings_once", "bookings")
