"""What becomes of a test that needs a package index where there is none."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def give_up(reason: str) -> NoReturn:
    """Skip, unless the environment demands an index: then a test that was skipped would hide that nothing was tried."""
    if os.environ.get("ROLLDEPLOY_REQUIRE_INDEX") == "1":
        pytest.fail(f"no package index: {reason}")
    pytest.skip(f"no package index: {reason}")
