"""The texts of a first ``rolldeploy.toml`` and a first journey, from what was found. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from harness.deploy.toml_text import toml_key, toml_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.init.application import Route

_ORDER = ("release", "release.env", "old", "new", "migrations", "deploy")
#: Comments stand in one column where the key leaves room.
_COLUMN = 44
#: Pages of a first journey: as many as a reader overlooks.
_MOST_PAGES = 5
#: What a GET should not be sent to without anybody's having thought of it, or does not end.
_NO_PAGES = re.compile(r"log.?out|delete|remove|reset|shutdown|metrics|stream|events?$|sse|\bws\b|openapi|docs|export")
_JOURNEY = '''\
"""What users do while a deployment rolls.

A journey is a story of one user. Copies of it are started in every state of the rollout, paused at their `yield`, and
resumed in later states through other replicas: what one release wrote the other one has to read. An answer 5xx is a
failure even where the journey does not look.

This first one only asks for pages. The next should write something, and read it back behind the `yield`:

{example}
"""

from harness import journey

#: Pages without parameters, as they stand in the code.
PAGES = {pages}


@journey
def pages_are_answered(client):  # an httpx.Client; the plan decides which replica answers
    while True:
{asked}        for page in PAGES:
            client.get(page)
        yield  # time passes here: a migration, a new release, a roll back
'''
_EXAMPLE = '''\
    @journey
    def what_is_sent_is_kept(client):
        sent = client.post("{path}", json={{"name": "Ada"}}).raise_for_status().json()
        while True:
            yield
            kept = client.get(f"{path}/{{sent['id']}}").raise_for_status().json()
            assert kept["name"] == "Ada"'''


@dataclass
class Draft:
    """Settings that are being collected.

    Args:
        tables: Keys and values of each table, in order.
        comments: A comment for some of them.
        found: What was found, a line each.
        guessed: What had to be guessed.
        missing: What is left to do.
    """

    tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    comments: dict[tuple[str, str], str] = field(default_factory=dict)
    found: list[str] = field(default_factory=list)
    guessed: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def put(self, table: str, key: str, value: Any, comment: str = "") -> None:
        """Sets a key."""
        self.tables.setdefault(table, {})[key] = value
        if comment:
            self.comments[table, key] = comment


def render_settings(draft: Draft) -> str:
    """The text of ``rolldeploy.toml``."""
    return "\n".join(_lines(draft)) + "\n"


def _lines(draft: Draft) -> Iterator[str]:
    yield '# How this project is deployed, for its rehearsal: https://pypi.org/project/pytest-rolldeploy, "Settings".'
    yield from (f"# To do: {line}" for line in draft.missing)
    for table, keys in sorted(draft.tables.items(), key=lambda item: _ORDER.index(item[0])):
        yield ""
        yield f"[{table}]"
        for key, value in keys.items():
            line = f"{toml_key(key)} = {toml_value(value)}"
            comment = draft.comments.get((table, key), "")
            yield f"{line:<{_COLUMN - 1}} # {comment}" if comment else line


def render_journey(ready: str | None, routes: Sequence[Route]) -> str:
    """The text of a test file with a first journey, which passes wherever the application works.

    Args:
        ready: The path that is asked for readiness, if it is a path.
        routes: What the application answers.
    """
    wanted = [route for route in routes if route.verb == "get" and route.is_fixed and route.path != ready]
    pages = list(dict.fromkeys(route.path for route in wanted if not _NO_PAGES.search(route.path.lower())))
    posted = next((route.path for route in routes if route.verb == "post" and route.is_fixed), "/things")
    asked = f'        client.get("{ready}").raise_for_status()\n' if ready else ""
    listed = ", ".join(f'"{page}"' for page in pages[:_MOST_PAGES] or ([] if ready else ["/"]))
    return _JOURNEY.format(example=_EXAMPLE.format(path=posted), pages=f"[{listed}]", asked=asked)
