"""What makes a finding of one run the same as a finding of another: for waivers, baselines and comparisons.

Two findings are the same one where step and actor, or step and check, are the same, and

* PostgreSQL refused the same first: SQLSTATE and message, without what varies from row to row. The journey does not
  count then: which of them meets a stale prepared statement, say, differs from run to run;
* where PostgreSQL refused a journey nothing, the journey is the same one; or, where none ran because a replica did not
  start or a migration failed, what is said of that;
* of a check, its sentence is the same, without numbers.

The status is no part of it, so that a finding can get better or worse and is still the same one.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.evidence.outcome import refusal_signature, without_numbers

if TYPE_CHECKING:
    from harness.evidence.story import Story
    from harness.model.finding import Finding

#: Enough that no two findings of a report share one, and short enough to be copied by hand.
_ID_LENGTH = 12
#: ``old-N, old-N``: how many replicas are named differs from run to run.
_REPEATED = re.compile(r"(\S+?)(?:, \1)+(?![\w-])")


@dataclass(frozen=True, order=True, kw_only=True)
class Identity:
    """One finding, whichever run shows it.

    Args:
        step: Label of the step, ``base`` or ``rollout``.
        who: The actor, or the check.
        what: What went wrong there, without what varies from run to run.
    """

    step: str
    who: str
    what: str

    @property
    def id(self) -> str:
        """The same in a few letters, as reports show it and waivers name it."""
        text = f"{self.step}\n{self.who}\n{self.what}"
        return hashlib.sha256(text.encode()).hexdigest()[:_ID_LENGTH]


def identify_outcome(step: str, actor: str, journey: str, story: Story | None) -> Identity:
    """The finding that a journey shows in a cell.

    Args:
        step: Label of the step, ``base`` or ``rollout``.
        actor: Who was driven.
        journey: Its name.
        story: How it failed, as a report has it; None where nothing is told.
    """
    what = f"journey {journey}"
    if story is not None and story.sql:
        what = refusal_signature(story.sql[0].sqlstate, story.sql[0].message)
    elif story is not None and not story.copy:  # no copy of a journey was there
        what = plain_text(story.headline)
    return Identity(step=step, who=actor, what=what)


def identify_finding(step: str, check: str, finding: Finding) -> Identity:
    """The finding of a check.

    Args:
        step: Label of the step, ``base`` or ``rollout``.
        check: Its name.
        finding: What it found.
    """
    return Identity(step=step, who=check, what=plain_text(finding.headline))


def plain_text(sentence: str) -> str:
    """A sentence without numbers, and with no replica named twice."""
    return _REPEATED.sub(r"\1", without_numbers(sentence))
