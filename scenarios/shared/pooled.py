"""psycopg 3 with connections that are kept, as most applications have them; a transaction for each ``with``."""

import contextlib
import os
import queue

import psycopg
from psycopg.rows import dict_row

_idle = queue.LifoQueue()


@contextlib.contextmanager
def connection():
    """Commits at the end, rolls back where something is raised; rows are dictionaries."""
    try:
        taken = _idle.get_nowait()
    except queue.Empty:
        taken = psycopg.connect(os.environ["DATABASE_URL"], row_factory=dict_row)
    try:
        with taken.transaction():
            yield taken
    finally:
        if not taken.closed:
            _idle.put(taken)
