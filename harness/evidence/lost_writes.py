"""Writes that an application acknowledged, and that PostgreSQL refused it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model.statement import ends_transaction, writes_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.model.events import Attempted
    from harness.model.observed import SqlError


def lost_write(
    attempt: Attempted, lives_with: Callable[[Attempted, SqlError], bool] = lambda *_: False
) -> SqlError | None:
    """A write that was acknowledged and never stored.

    PostgreSQL refused it, no such statement on that table went through afterwards, and the answer was good.

    Args:
        attempt: What the journey did.
        lives_with: Whether the application is refused the same in a control run too, and lives with it.
    """
    acknowledged = [exchange.acknowledges for exchange in attempt.exchanges]
    for error in attempt.sql:
        if error.retried is not False or not _was_write(error) or lives_with(attempt, error):
            continue
        if acknowledged[error.exchange] if error.exchange is not None else any(acknowledged):
            return error
    return None


def _was_write(error: SqlError) -> bool:
    """Whether rows are lost: class 23 is that of integrity constraints, which rows violate that are written.

    Some are written by a function, or looked at by the commit alone (PostgreSQL's manual, appendix A, and
    SET CONSTRAINTS).
    """
    return (
        error.sqlstate.startswith("23")
        or error.calls_writer
        or writes_rows(error.statement)
        or ends_transaction(error.statement)
    )
