"""What a migrator sent and wrote, without what it notes in tables of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.model.statement import defines, mentions, target, writes_rows
from harness.runtime.versions import DJANGO_TABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from harness.runtime.observer import Logged

#: In which it inserts rows by itself, for each new model: its ``post_migrate`` receivers ``create_contenttypes`` and
#: ``create_permissions``, behind the last migration (Django's documentation, "Signals", ``post_migrate``). They change
#: and remove none.
_AFTERWARDS = frozenset({"django_content_type", "auth_permission"})


@dataclass(frozen=True, kw_only=True)
class Rows:
    """How many rows of a table were written.

    Args:
        inserted: New ones.
        changed: Those that were updated or deleted.
    """

    inserted: int = 0
    changed: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.inserted + self.changed


@dataclass(frozen=True, kw_only=True)
class MigratorSent:
    """What a migrator sent.

    Args:
        written: Tables in which it wrote rows, and how many.
        writes: How many statements that write rows; None where PostgreSQL's log does not tell.
        statements: Those that change the schema or write rows, each once, secrets taken out.
    """

    written: Mapping[str, int]
    writes: int | None
    statements: tuple[str, ...] = ()


def read_sent(
    rows: Mapping[str, Rows], sent: Sequence[Logged] | None, books: Collection[str], show: Callable[[str], str]
) -> MigratorSent:
    """Leaves out what is on the migrations' own tables, and what Django inserts by itself behind its migrations.

    What a migration does to those rows is a change as any other is: the next release, and the one before, may ask for
    them. Where a migration inserts some itself, both cannot be told apart, and all count; where the log is silent,
    nobody knows who inserted a row of them, and none do.

    Args:
        rows: What was written, by table.
        sent: All that the migrator sent, in order; None where PostgreSQL's log does not tell.
        books: The migrations' own tables, with their schema unless it is public.
        show: Makes of a statement what may be kept.
    """
    bare = [table.rpartition(".")[2] for table in books]
    own, afterwards = (sent or (), ()) if DJANGO_TABLE not in bare else _split(sent or ())
    mine = [item.statement for item in own if not any(name in item.statement for name in bare)]
    by_django = _AFTERWARDS if DJANGO_TABLE in bare else frozenset[str]()
    if sent is not None:
        stored = {name for item in afterwards if (name := _inserts_into(item.statement))}
        by_django &= {name for name in stored if not any(_may_insert(text, name) for text in mine)}
    written = {
        table: count.changed if table.rpartition(".")[2] in by_django else count.total
        for table, count in rows.items()
        if table not in books
    }
    return MigratorSent(
        written={table: count for table, count in written.items() if count},
        writes=None if sent is None else sum(map(writes_rows, mine)),
        statements=tuple(show(text) for text in dict.fromkeys(mine) if writes_rows(text) or defines(text)),
    )


def _split(sent: Sequence[Logged]) -> tuple[list[Logged], list[Logged]]:
    """What Django's migrations sent, and what it inserted by itself behind the last of each run, which is a session."""
    last = {item.session: at for at, item in enumerate(sent) if _inserts_into(item.statement) == DJANGO_TABLE}
    parts: tuple[list[Logged], list[Logged]] = ([], [])
    for at, item in enumerate(sent):
        is_behind = at > last.get(item.session, -1)
        parts[is_behind and _inserts_into(item.statement) in _AFTERWARDS].append(item)
    return parts


def _inserts_into(statement: str) -> str:
    """The table into which a statement inserts rows, without its schema; or the empty string."""
    verb, _, table = target(statement).partition(" ")
    return table.replace('"', "").rpartition(".")[2] if verb == "INSERT" else ""


def _may_insert(statement: str, table: str) -> bool:
    """Whether a statement inserts rows into a table, or may by the code in it."""
    changes = target(statement).startswith(("UPDATE", "DELETE"))
    return mentions(statement, table) and writes_rows(statement) and not changes


def count_rows(rows: Mapping[str, Rows], books: Iterable[str]) -> dict[str, int]:
    """How many rows were written in each table, the migrations' own aside.

    Args:
        rows: What was written, by table.
        books: The migrations' own tables, with their schema unless it is public.
    """
    left_out = frozenset(books)
    return {table: count.total for table, count in rows.items() if table not in left_out}
