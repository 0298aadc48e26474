"""pytest-rolldeploy: rehearses a rolling deploy, with the old and the new release side by side, migration by migration.

A scenario's author needs three names of it: ``journey``, ``eventually`` and ``invariant``.
"""

from harness.traffic.invariants import Invariant, invariant
from harness.traffic.journeys import Journey, eventually, journey

__all__ = ["Invariant", "Journey", "eventually", "invariant", "journey"]
