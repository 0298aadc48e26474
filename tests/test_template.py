"""Placeholders, filled as data."""

from __future__ import annotations

import pytest

from harness.template import fill, placeholders


@pytest.mark.parametrize(
    ("template", "names"),
    [
        ("serve --port {port} --name={replica}", {"port", "replica"}),
        ("{port}{port}", {"port"}),
        ("nothing", set()),
        ("{{port}}", set()),
        ("{{{port}}}", {"port"}),
        ("{user.name} {0} {user!r} {port:>5} { port } {}", set()),
    ],
)
def test_the_placeholders_of_a_template_are_plain_names_in_braces(template: str, names: set[str]) -> None:
    assert placeholders(template) == names


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("http://{host}:{port}/", "http://h:1/"),
        ('{{"port": {port}}}', '{"port": 1}'),
        ("{{host}} and {{{host}}}", "{host} and {h}"),
        ("${{HOME}}", "${HOME}"),
        ("{host.__class__} {0} {}", "{host.__class__} {0} {}"),
    ],
)
def test_values_take_the_place_of_their_names_and_doubled_braces_stand_for_one(template: str, text: str) -> None:
    assert fill(template, {"host": "h", "port": "1"}) == text


def test_a_value_is_not_filled_again() -> None:
    assert fill("{password}", {"password": "{user}{{x}}", "user": "u"}) == "{user}{{x}}"


def test_a_placeholder_without_a_value_is_an_error() -> None:
    with pytest.raises(KeyError, match="database"):
        fill("{database}", {"host": "h"})
