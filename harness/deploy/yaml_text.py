"""YAML whose mappings know the line of each key, so that whatever is said of a file names its line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.deploy.given import Reading


class Table(dict[str, Any]):
    """A mapping of a YAML file.

    Args:
        where: File and line at which it begins.
        places: File and line of each of its keys.
    """

    def __init__(self, where: str, places: dict[str, str]) -> None:
        super().__init__()
        self.where = where
        self.places = places


def parse_yaml(text: str, file: str) -> list[Any]:
    """The documents of a YAML text; empty ones are left out.

    Args:
        text: One document or more.
        file: Its name, for errors.

    Raises:
        SettingsError: PyYAML is missing, or the text is no YAML.
    """
    try:
        import yaml  # noqa: PLC0415  an extra: only who names such a file needs it
    except ImportError:
        raise SettingsError(
            f'reading {file} needs PyYAML: pip install "pytest-rolldeploy[deploy]", or write its settings into '
            "rolldeploy.toml"
        ) from None

    class Loader(yaml.SafeLoader):
        """Keeps lines."""

    def construct(loader: yaml.SafeLoader, node: yaml.MappingNode) -> Iterator[Table]:
        loader.flatten_mapping(node)
        names = [loader.construct_object(key) for key, _ in node.value]
        places = {
            str(name): f"{file}, line {key.start_mark.line + 1}"
            for name, (key, _) in zip(names, node.value, strict=True)
        }
        table = Table(f"{file}, line {node.start_mark.line + 1}", places)
        yield table  # an anchor within the mapping may mean the mapping itself
        table.update({str(name): value for name, value in loader.construct_mapping(node).items()})

    Loader.add_constructor("tag:yaml.org,2002:map", construct)
    try:
        found = list(yaml.load_all(text, Loader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{file}, line {mark.line + 1}" if mark else file
        why = " ".join(part for part in (error.context, error.problem) if part)
        raise SettingsError(f"{place}: this is no YAML ({why}): {_remedy(text)}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        said = str(error).splitlines() or [""]
        raise SettingsError(f"{file} is no YAML ({said[0]}): {_remedy(text)}") from None
    return [document for document in found if document is not None]


def _remedy(text: str) -> str:
    if "{{" in text:
        return 'a Helm template has to be rendered first: helm template CHART | pytest, with from_kubernetes = "-"'
    return "correct it there"


class Fields:
    """A mapping that is being read: what nobody asks for is told in the end.

    Args:
        table: The mapping; anything else counts as an empty one.
        path: Where it is, e.g. ``spec.template``.
        reading: Gets what is not understood.
        where: File and line of its key; where there is none, it is known by its first one.
    """

    def __init__(self, table: Any, path: str, reading: Reading, where: str = "") -> None:
        self.path = path
        self.reading = reading
        self.where = where or (table.where if isinstance(table, Table) else "")
        self._table = table if isinstance(table, Table) else Table(self.where, {})
        self._asked: set[str] = set()
        if table is not None and not isinstance(table, Table):
            reading.leave(f"{path} is no mapping: it is left out", where)

    def __contains__(self, key: str) -> bool:
        return self._table.get(key) is not None

    @property
    def keys(self) -> list[str]:
        """Its keys, in order."""
        return [key for key in self._table if key in self]

    def at(self, key: str) -> str:
        """File and line of a key, or of the mapping where the key is not there."""
        return self._table.places.get(key, self.where)

    def name_of(self, key: str) -> str:
        """``spec.replicas``."""
        return f"{self.path}.{key}" if self.path else key

    def get(self, key: str) -> Any:
        """The value of a key, as it stands there."""
        self._asked.add(key)
        return self._table.get(key)

    def fields(self, key: str) -> Fields:
        """The mapping below a key."""
        return Fields(self.get(key), self.name_of(key), self.reading, self.at(key))

    def items(self, key: str) -> list[Fields]:
        """The mappings in the list below a key."""
        value = self.get(key)
        if value is not None and not isinstance(value, list):
            self.reading.leave(f"{self.name_of(key)} is no list: it is left out", self.at(key))
        listed = value if isinstance(value, list) else []
        return [
            Fields(item, f"{self.name_of(key)}[{index}]", self.reading, "" if isinstance(item, Table) else self.at(key))
            for index, item in enumerate(listed)
        ]

    def text(self, key: str) -> str:
        """The text of a key; the empty string where it is none."""
        return scalar(self.get(key)) or ""

    def words(self, key: str) -> list[str]:
        """The words of a key that holds a list of them; YAML's numbers and booleans are words too."""
        value = self.get(key)
        return [scalar(word) or "" for word in value] if isinstance(value, list) else []

    def number(self, key: str, default: float, least: float = 0) -> float:
        """The number of a key, or the default where it is none; what is too small or no number is told."""
        value = self.get(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value < float("inf"):
            self.reading.leave(f"{self.name_of(key)} is '{value}', no number from {least:g} on", self.at(key))
            return default
        return value

    def close(self, aside: frozenset[str] = frozenset()) -> None:
        """Tells what nobody asked for.

        Args:
            aside: Keys that are no part of a rehearsal.
        """
        for key in self._table:
            if key in self._asked or key not in self:
                continue
            if key in aside:
                self.reading.aside.setdefault(key)
            else:
                self.reading.leave(f"{self.name_of(key)} is not understood", self.at(key))


def scalar(value: Any) -> str | None:
    """A YAML scalar as the text that it was; None where it is no scalar."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None or isinstance(value, (dict, list)) else str(value)
