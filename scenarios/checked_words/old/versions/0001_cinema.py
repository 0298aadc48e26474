"""Bookings and films.

Revision ID: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "bookings",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("seats", sa.String(10), nullable=False),
        sa.CheckConstraint("seats IN ('stalls', 'balcony')", name="bookings_seats"),
    )
    op.create_table(
        "films",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("rating", sa.String(10), nullable=False),
        sa.CheckConstraint("rating IN ('all', 'adults')", name="films_rating"),
    )


def downgrade() -> None:
    op.drop_table("films")
    op.drop_table("bookings")
