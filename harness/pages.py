"""The page of a check, as it was installed beside the harness."""

from __future__ import annotations

from pathlib import Path

from harness.errors import ScenarioError

#: In a wheel, and in the repository: see ``force-include`` in ``pyproject.toml``.
_PLACES = (Path(__file__).parent / "docs" / "checks", Path(__file__).parents[1] / "docs" / "checks")


def read_page(name: str) -> str:
    """What a check asks, what it takes for a failure, and what to do then.

    Args:
        name: Of the check.

    Raises:
        ScenarioError: There is no such check.
    """
    pages = {path.stem: path for place in _PLACES for path in sorted(place.glob("*.md")) if path.stem != "index"}
    if name not in pages:
        raise ScenarioError(f"there is no check '{name}'; there are: {', '.join(sorted(pages)) or 'none'}")
    return pages[name].read_text(encoding="utf-8")
