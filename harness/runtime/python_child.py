"""A function of the release's own that moves the schema, for ``migration_child.py``."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import os
import sys
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import ModuleType

#: What names the steps, beside the function: a list, or a function that returns one.
_STEPS = "steps"


def answer(request: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    """Does what is asked.

    Args:
        request: What, in ``do``, and its arguments.
        options: The function, as ``module:function``.
    """
    if os.getcwd() not in sys.path:  # in an image nobody else puts the release's own code there  # noqa: PTH109
        sys.path.insert(0, os.getcwd())  # noqa: PTH109
    place, _, name = options["function"].partition(":")
    module = importlib.import_module(place)
    function = attrgetter(name)(module)
    match request["do"]:
        case "history":
            return {"steps": _steps(module) if hasattr(module, _STEPS) else None}
        case "upgrade":
            revision = request["revision"]
            for step in _steps(module) if revision == "head" else [revision]:
                result = function(step)
                if inspect.iscoroutine(result):
                    asyncio.run(result)
            return {}
        case unknown:
            raise ValueError(unknown)


def rest() -> None:
    """Nothing is left to do: the process ends behind each answer."""


def _steps(module: ModuleType) -> list[str]:
    named = getattr(module, _STEPS)
    found = list(named() if callable(named) else named)
    if not all(isinstance(step, str) and step for step in found) or len(set(found)) != len(found):
        raise TypeError(f"{module.__name__}.{_STEPS} is no list of different names, but {found}")
    return found
