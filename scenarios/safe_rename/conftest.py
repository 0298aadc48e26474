"""The three rehearsals share the journeys of `price_journeys.py`, which lies beside this file."""

import pytest

pytest.register_assert_rewrite("price_journeys")
