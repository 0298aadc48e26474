"""psycopg 3 in autocommit, with connections that are kept: each statement is a transaction of its own."""

import contextlib
import os
import queue

import psycopg
from psycopg.rows import dict_row

_idle = queue.LifoQueue()


@contextlib.contextmanager
def connection():
    """A connection of the pool; one that was lost is not put back."""
    try:
        taken = _idle.get_nowait()
    except queue.Empty:
        taken = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True, row_factory=dict_row)
    try:
        yield taken
    finally:
        if not taken.closed:
            _idle.put(taken)
