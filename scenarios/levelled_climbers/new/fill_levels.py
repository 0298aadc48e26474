"""Gives a level to every climber who has none, a few at a time."""

import os
import sys

import psycopg

FILL = """
UPDATE climbers SET level = routes / 10
WHERE id IN (SELECT id FROM climbers WHERE level IS NULL ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)
"""

filled = 0
with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
    while done := connection.execute(FILL, [int(sys.argv[1])]).rowcount:
        filled += done
print(f"{filled} climbers have a level now")
