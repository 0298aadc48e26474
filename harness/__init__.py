"""pytest-rolldeploy: rehearses a rolling deploy, with the old and the new release side by side, migration by migration.

A scenario's author needs two names of it: ``journey`` and ``eventually``.
"""

from harness.traffic.journeys import Journey, eventually, journey

__all__ = ["Journey", "eventually", "journey"]
