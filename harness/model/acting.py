"""Which statements meet what acts on certain commands alone: triggers, rules, policies, rights, foreign keys."""

from __future__ import annotations

import re
from collections import defaultdict
from enum import StrEnum
from typing import TYPE_CHECKING

from harness.model.schema_object import PARTS, RIGHTS, ObjectKind
from harness.model.schema_text import find_lost_rights

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from harness.model.schema_object import SchemaObject


class Command(StrEnum):
    """What a statement does to a table, as PostgreSQL tells it in its catalogs."""

    INSERT = "INSERT"
    UPDATE = "UPDATE"
    DELETE = "DELETE"
    TRUNCATE = "TRUNCATE"
    LOCK = "LOCK"
    """``SELECT ... FOR UPDATE`` and its like, which ask for the right to update (manual, "SELECT", "LOCK")."""


_QUOTED = r'(?:"(?:[^"]|"")+"|\S+)'
#: As pg_get_triggerdef and pg_get_ruledef write them; before the table nothing but the events is told.
_TRIGGER = re.compile(rf"CREATE (?:CONSTRAINT )?TRIGGER {_QUOTED} (?:BEFORE|AFTER|INSTEAD OF) (.*?) ON ", re.DOTALL)
_RULE = re.compile(rf"CREATE RULE {_QUOTED} AS\s+ON (\w+) TO ")
#: pg_policy.polcmd; what is for reading, or for all, anybody meets.
_POLICIES = {
    "a": frozenset({Command.INSERT}),
    "w": frozenset({Command.UPDATE, Command.LOCK}),
    "d": frozenset({Command.DELETE}),
}
#: What has rights that statements on rows need.
_ROWS = frozenset({ObjectKind.TABLE, ObjectKind.VIEW, ObjectKind.COLUMN})
#: Rights that no statement on rows needs (manual, 5.8 "Privileges").
_OTHER_RIGHTS = frozenset({"REFERENCES", "TRIGGER", "MAINTAIN"})
_KEY = re.compile(rf"FOREIGN KEY .* REFERENCES (?P<parent>{_QUOTED}?)\(", re.DOTALL)
#: What pg_get_constraintdef says of a foreign key's actions; without it there is none.
_ACTION = re.compile(r" ON (UPDATE|DELETE) (CASCADE|RESTRICT|SET NULL|SET DEFAULT)(?: \([^)]*\))?")
_FOLLOWED = (Command.DELETE, Command.UPDATE)
#: What acts on rows that foreign keys remove or change, too.
_FOLLOWING = frozenset({ObjectKind.TRIGGER, ObjectKind.RULE, ObjectKind.CONSTRAINT})
#: What a row that is changed at the parent does to rows that refer to it (manual, 5.5.5 "Foreign Keys").
_CAUSES = {
    (Command.DELETE, "CASCADE"): Command.DELETE,
    (Command.DELETE, "SET NULL"): Command.UPDATE,
    (Command.DELETE, "SET DEFAULT"): Command.UPDATE,
    (Command.UPDATE, "CASCADE"): Command.UPDATE,
    (Command.UPDATE, "SET NULL"): Command.UPDATE,
    (Command.UPDATE, "SET DEFAULT"): Command.UPDATE,
}


def find_commands(before: SchemaObject, after: SchemaObject) -> frozenset[Command]:
    """By which commands an object is met that was changed, added or dropped; empty for any.

    Args:
        before: The object; after the step where it was added.
        after: The object; before the step where it was dropped.
    """
    if before.kind in _FINDERS:
        was, now = (_FINDERS[item.kind](item) for item in (before, after))
        return was | now if was and now else frozenset()
    names = before.attributes.keys() | after.attributes.keys()
    unlike = {name for name in names if before.attributes.get(name) != after.attributes.get(name)}
    if before.kind in _ROWS and before.full_name == after.full_name and unlike == {RIGHTS}:
        lost = find_lost_rights(before, after) - _OTHER_RIGHTS
        if lost <= set(Command):
            return _with_locks(frozenset(map(Command, lost)))
    return frozenset()


def find_swapped_keys(
    gone: Collection[SchemaObject], made: Collection[SchemaObject]
) -> dict[tuple[ObjectKind, str], tuple[tuple[str, str], ...]]:
    """Foreign keys that a step made anew, with other actions and nothing else.

    Args:
        gone: What is there no more.
        made: What is there now.

    Returns:
        For both of each pair, by kind and identity: commands that are followed by something else now, and the table.
    """
    found: dict[tuple[ObjectKind, str], tuple[tuple[str, str], ...]] = {}
    for one in filter(_is_key, gone):
        for other in filter(_is_key, made):
            was, now = (_actions(item) for item in (one, other))
            if one.owner == other.owner and _bare_key(one) == _bare_key(other) and was != now:
                unlike = [command for command in _FOLLOWED if was.get(command) != now.get(command)]
                pairs = tuple((str(command), _parent(other)) for command in unlike)
                found[one.kind, one.identity] = found[other.kind, other.identity] = pairs
    return found


def find_met_by(
    kind: ObjectKind,
    acts: Iterable[tuple[str, str]],
    objects: Collection[SchemaObject],
    carried: Callable[[str], Collection[str]],
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """By which names, and which command on each, something is met.

    What is removed or changed in a table that others refer to may be so in those too; rights and policies are passed by
    then (manual, 5.9 "Row Security Policies"). What a function, a view or a trigger does to a table cannot be told: all
    that writes by way of them counts.

    Args:
        kind: What it is.
        acts: Commands and tables.
        objects: All of the schema before the step.
        carried: Tells by which names a statement meets what is done to a table.
    """
    acts = tuple(acts)
    if not acts:
        return ()
    keys = filter(_is_key, objects) if kind in _FOLLOWING else ()
    causes = [(key.owner, _parent(key), _actions(key)) for key in keys]
    parts = {item.name: item.attributes.get(PARTS, "").split() for item in objects if item.kind is ObjectKind.TABLE}
    sought = [(Command(command), table) for command, table in acts]
    seen = set(sought)
    while sought:
        command, table = sought.pop()
        for child, parent, actions in causes:
            if _bare(child) != _bare(table):
                continue
            more = {(by, parent) for by, action in actions.items() if _CAUSES.get((by, action)) is command}
            more |= {(Command.TRUNCATE, parent)} if command is Command.TRUNCATE else set()
            sought += more - seen
            seen |= more
    met: dict[Command, set[str]] = defaultdict(set)
    for command, table in seen:
        met[command].add(table)
        for name in set(carried(table)) - {table}:
            is_whole = _bare(table) in parts.get(name, ())
            moves = {command, Command.UPDATE} if command in {Command.INSERT, Command.DELETE} else {command}
            for other in moves if is_whole else Command:  # a row that changes may move to another part
                met[other].add(name)
    return tuple((str(command), tuple(sorted(met[command]))) for command in Command if command in met)


def _of_trigger(item: SchemaObject) -> frozenset[Command]:
    match = _TRIGGER.match(item.attributes.get("definition", ""))
    events = match[1].split(" OR ") if match else []
    return frozenset(Command(event.split()[0]) for event in events if event.split()[0] in set(Command))


def _of_rule(item: SchemaObject) -> frozenset[Command]:
    match = _RULE.match(item.attributes.get("definition", ""))
    return frozenset({Command(match[1])} if match and match[1] in set(Command) else ())


def _of_policy(item: SchemaObject) -> frozenset[Command]:
    return _POLICIES.get(item.attributes.get("command", ""), frozenset())


_FINDERS = {ObjectKind.TRIGGER: _of_trigger, ObjectKind.RULE: _of_rule, ObjectKind.POLICY: _of_policy}


def _with_locks(commands: frozenset[Command]) -> frozenset[Command]:
    return commands | {Command.LOCK} if Command.UPDATE in commands else commands


def _is_key(item: SchemaObject) -> bool:
    definition = item.attributes.get("definition", "")
    return item.kind is ObjectKind.CONSTRAINT and _KEY.match(definition) is not None


def _parent(key: SchemaObject) -> str:
    match = _KEY.match(key.attributes["definition"])
    return match["parent"].replace('"', "") if match else ""


def _actions(key: SchemaObject) -> dict[Command, str]:
    return {Command(verb): action for verb, action in _ACTION.findall(key.attributes["definition"])}


def _bare_key(key: SchemaObject) -> str:
    return _ACTION.sub("", key.attributes["definition"]).removesuffix(" NOT VALID")


def _bare(name: str) -> str:
    return name.rpartition(".")[2]
