"""What the selected items of a rehearsal ask for: nothing else has to be rehearsed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model.cell import ROLLOUT
from harness.nodes import CheckItem, JourneyItem, TaskItem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pytest

    from harness.nodes import Place
    from harness.traffic.journeys import Journey


def select_journeys(
    items: Iterable[pytest.Item], known: Mapping[Place, Mapping[str, Journey]]
) -> dict[Place, dict[str, Journey]]:
    """Journeys of which at least one item is to run, by rehearsal, in the order of their files.

    A check looks at what all of them do.

    Args:
        items: Those that pytest selected.
        known: All journeys of each rehearsal, by name.
    """
    wanted: dict[Place, set[str]] = {place: set() for place in known}
    for item in items:
        if isinstance(item, JourneyItem):
            wanted[item.place].add(item.journey.name)
        elif isinstance(item, CheckItem | TaskItem):
            wanted[item.place].update(known[item.place])
    return {
        place: {name: journey for name, journey in known[place].items() if name in names}
        for place, names in wanted.items()
        if names
    }


def asks_for_walk_alone(items: Iterable[pytest.Item], place: Place) -> bool:
    """Whether all selected items of a rehearsal are told by its walk.

    A check may look at the rollout, or at requests beside migrations.

    Args:
        items: Those that pytest selected.
        place: The rehearsal.
    """
    mine = [item for item in items if isinstance(item, JourneyItem | CheckItem) and item.place == place]
    return bool(mine) and all(isinstance(item, JourneyItem) and item.cell.step != ROLLOUT for item in mine)
