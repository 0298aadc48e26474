"""A pytest plugin that rehearses as on a server whose log cannot be read, to tell what observation costs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from harness import items
from harness.runtime.postgres import acquire_server


def _acquire(*arguments: Any, **options: Any) -> Any:
    return replace(acquire_server(*arguments, **options), json_log=False, reduced=("left out to measure",))


items.acquire_server = _acquire  # type: ignore[attr-defined]
