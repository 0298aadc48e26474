"""A card's number is given out once. The deployment does not stop where the index cannot be built today.

Revision ID: 0002
"""

import logging

from alembic import op
from sqlalchemy.exc import DBAPIError

revision = "0002"
down_revision = "0001"

log = logging.getLogger("alembic.cards")


def upgrade() -> None:
    with op.get_context().autocommit_block():
        try:
            op.execute("CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS cards_number_key ON cards (number)")
        except DBAPIError as error:
            log.warning("no unique index on cards yet: %s", error.orig)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS cards_number_key")
