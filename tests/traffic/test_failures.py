"""What is told of a journey that fails is the same in each run."""

from __future__ import annotations

import pytest

from harness.traffic.failures import explain


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("where sql = <harness.Client object at 0x7f693485bf10>.sql", "where sql = <harness.Client object>.sql"),
        ("<function f at 0xAb1> and <object at 0x2>", "<function f> and <object>"),
        ("refused at 0x10, a < b", "refused at 0x10, a < b"),
    ],
)
def test_the_address_of_an_object_is_left_out(said: str, told: str) -> None:
    assert explain(AssertionError(said), __file__, str).text == told
