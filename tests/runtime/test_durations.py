"""How long steps of the schema take by themselves."""

from __future__ import annotations

import math

from harness.runtime.durations import Durations


def test_the_longest_measurement_of_each_step_counts() -> None:
    durations = Durations()
    durations.note("0002", 0.25)
    durations.note("0002", 0.125)
    durations.note("0003", 1.0)
    assert durations.expected(["0002", "0003"]) == 1.25


def test_a_step_that_was_not_measured_may_take_any_time() -> None:
    durations = Durations()
    durations.note("0002", 0.25)
    assert durations.expected(["0002", "0003"]) == math.inf
