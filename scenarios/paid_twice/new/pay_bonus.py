"""Owes every courier a bonus, ten couriers at a time."""

import argparse
import os

import psycopg

arguments = argparse.ArgumentParser()
arguments.add_argument("--cents", type=int, required=True)
cents = arguments.parse_args().cents

with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
    last = connection.execute("SELECT max(id) FROM couriers").fetchone()[0]
    for first in range(1, last + 1, 10):
        connection.execute(
            "UPDATE couriers SET owed = owed + %s WHERE id >= %s AND id < %s", [cents, first, first + 10]
        )
print(f"couriers up to {last} are owed {cents} cents more")
