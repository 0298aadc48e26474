"""One object of a schema as data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Deed(StrEnum):
    """What a step did to an object."""

    ADDED = "added"
    DROPPED = "dropped"
    RENAMED = "renamed"
    CHANGED = "changed"


class ObjectKind(StrEnum):
    """Kinds of objects that statements depend on."""

    TABLE = "table"
    VIEW = "view"
    COLUMN = "column"
    CONSTRAINT = "constraint"
    INDEX = "index"
    TYPE = "type"
    LABEL = "enum label"
    ATTRIBUTE = "attribute"
    FUNCTION = "function"
    TRIGGER = "trigger"
    SEQUENCE = "sequence"
    POLICY = "policy"
    RULE = "rule"
    SCHEMA = "schema"
    EXTENSION = "extension"
    """With what it brings, of which nothing is an object by itself."""
    SEARCH = "text search configuration"
    SETTINGS = "settings"
    """What ``ALTER DATABASE ... SET`` says to every session, or to those of one role."""


@dataclass(frozen=True, kw_only=True)
class SchemaObject:
    """One object of a schema.

    Args:
        kind: What it is.
        identity: What stays when it is renamed: object identifiers of the catalog, not its name.
        name: Its name; with its schema where that is not ``public``.
        owner: The table or type that it belongs to, or the empty string.
        attributes: What else matters about it, by name.
    """

    kind: ObjectKind
    identity: str
    name: str
    owner: str = ""
    attributes: Mapping[str, str]

    @property
    def full_name(self) -> str:
        """``table.column`` for what belongs to something."""
        return f"{self.owner}.{self.name}" if self.owner else self.name


#: The attribute that tells which tables inherit from one, its partitions say: it is theirs what is done to them.
PARTS = "parts"
#: The attribute that tells which rows a partition takes, as ``FOR VALUES`` does.
BOUNDS = "bounds"
#: The attribute that tells in which file a table is.
STORAGE = "storage"
#: The attribute that tells what an extension has in it: functions, types, tables and operators.
BRINGS = "brings"
#: The attribute that tells which labels an enumeration has, line by line, in their order.
LABELS = "labels"
#: The attribute that tells who may do what: ``role: RIGHT, RIGHT; role: RIGHT``.
RIGHTS = "rights"
#: The attribute that tells that no row at all is checked.
ENFORCED = "enforced"
#: Attributes whose words name nothing that an object is made of: roles, options, settings.
DESCRIBING = frozenset({RIGHTS, "for", "kind", "options", "security", "settings", "strict", "volatility"})
#: Name of the settings that hold for every session.
WHOLE_DATABASE = "of the database"
