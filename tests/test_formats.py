"""Names of folders among reports."""

from __future__ import annotations

from harness.formats import folder_name


def test_letters_of_all_alphabets_stay() -> None:
    assert folder_name("scenarios/shop v2") == "scenarios-shop-v2"
    assert folder_name("магазин") == "магазин"
    assert folder_name("../..") == "rehearsal"


def test_long_names_are_cut_and_stay_apart() -> None:
    one, two = (folder_name("x" * 300 + end) for end in "ab")
    assert one != two
    assert len(one) < 100
