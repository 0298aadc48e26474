"""The stalls are called parquet, as on the signs in the house.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.drop_constraint("bookings_seats", "bookings")
    op.execute("UPDATE bookings SET seats = 'parquet' WHERE seats = 'stalls'")
    op.create_check_constraint("bookings_seats", "bookings", "seats IN ('parquet', 'balcony')")


def downgrade() -> None:
    op.drop_constraint("bookings_seats", "bookings")
    op.execute("UPDATE bookings SET seats = 'stalls' WHERE seats = 'parquet'")
    op.create_check_constraint("bookings_seats", "bookings", "seats IN ('stalls', 'balcony')")
