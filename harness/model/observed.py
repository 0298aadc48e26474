"""What PostgreSQL itself told of the statements that were sent: facts beside those that HTTP shows."""

from __future__ import annotations

from dataclasses import dataclass

from harness.model.cell import Cell  # noqa: TC001  msgspec resolves the annotations when a journal is read


@dataclass(frozen=True, kw_only=True)
class SqlError:
    """One statement that PostgreSQL refused, from its own log.

    Args:
        replica: Who sent it.
        sqlstate: The five-character code of PostgreSQL's manual, appendix A.
        message: The primary message.
        detail: The detail line, or the empty string; it may quote data.
        statement: The statement's text as the server had it, or the empty string.
        exchange: Index of the exchange during which it was refused; None where it was between two, or where that is
            not known.
        retried: Whether the application made up for it: the same kind of statement on the same table went through
            later, sent by the same request or by none, or the same request went on with a row that was there already;
            None where PostgreSQL's log does not have every statement.
        calls_writer: Whether it names a function that may write, as far as functions are known.
    """

    replica: str
    sqlstate: str
    message: str
    detail: str = ""
    statement: str = ""
    exchange: int | None = None
    retried: bool | None = None
    calls_writer: bool = False


@dataclass(frozen=True, kw_only=True)
class Wrote:
    """How often a replica sent a statement that writes during an exchange, and was not refused it.

    Args:
        exchange: Index of the exchange; None where it was during none.
        target: Verb and table.
        statement: What makes two of them the same one, shortened.
        times: How often.
    """

    exchange: int | None
    target: str
    statement: str
    times: int


@dataclass(frozen=True, kw_only=True)
class Sent:
    """Statements that a release sent for the first time in this rehearsal during a journey.

    Two statements that differ in their literals alone are one.

    Args:
        number: Step of the plan.
        cell: In which cell.
        release: Whose they are.
        journey: The journey during which they were sent; the empty string where they belong to no request, or where
            that was not looked at.
        statements: Their texts, secrets taken out; none says that statements of the release are seen at all.
    """

    number: int
    cell: Cell
    release: str
    journey: str
    statements: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Filed:
    """The user's file of statements was read: what production sends.

    Args:
        statements: All different ones, secrets taken out.
    """

    statements: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Unplannable:
    """A statement that PostgreSQL does not plan any more.

    Args:
        statement: Its text, secrets taken out.
        sqlstate: The code.
        message: The primary message.
        sent: Whether the rehearsal itself sent it; otherwise it is from the user's file of statements.
    """

    statement: str
    sqlstate: str
    message: str
    sent: bool


@dataclass(frozen=True, kw_only=True)
class StatementsPlanned:
    """Every known statement of the old release was planned on a schema, without being executed.

    Args:
        number: Step of the plan.
        label: The step that led to the schema; None for the schema of the old release itself.
        sent: How many were planned that the rehearsal sent.
        filed: How many were planned out of the user's file.
        left_out: How many do not plan on the old release's own schema, or cannot be planned apart from their session.
        refused: Those that do not plan.
    """

    number: int
    label: str | None
    sent: int
    filed: int
    left_out: int
    refused: tuple[Unplannable, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Background:
    """What replicas did by themselves, outside of every request.

    Args:
        number: Step of the plan.
        cell: In which cell.
        waited_s: Seconds for which they were left alone, to see it; 0 where it showed beside the journeys.
        statements: How many statements they sent meanwhile; counted where they were left alone.
        errors: What PostgreSQL refused them, in order.
    """

    number: int
    cell: Cell
    waited_s: float = 0.0
    statements: int = 0
    errors: tuple[SqlError, ...] = ()
