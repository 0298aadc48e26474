"""One line of what a report says to whoever decides."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Mood(StrEnum):
    """Whether a reader may go on."""

    GOOD = "good"
    DOUBT = "doubt"
    BAD = "bad"


@dataclass(frozen=True)
class Said:
    """One line of the answer.

    Args:
        label: What it is about; the empty string where it goes on with the line before.
        text: One sentence.
        mood: Whether a reader may go on.
    """

    label: str
    text: str
    mood: Mood
