"""Placeholders, filled as data."""

from __future__ import annotations

import pytest

from harness.template import SERVE_PLACEHOLDERS, file_placeholders, fill, fill_file, placeholders, unknown_placeholders


@pytest.mark.parametrize(
    ("template", "names"),
    [
        ("serve --port {port} --name={replica}", {"port", "replica"}),
        ("{port}{port}", {"port"}),
        ("nothing", set()),
        ("{{port}}", set()),
        ("{{{port}}}", {"port"}),
        ("{user.name} {0} {user!r} {port:>5} { port } {}", set()),
        ("{port:grpc} {secret:session-key} {port:8080} {user:name} {port:}", {"port:grpc", "secret:session-key"}),
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


def test_a_name_behind_a_colon_is_anybodys_choice_where_such_names_are_known() -> None:
    assert unknown_placeholders(frozenset({"port:grpc", "port", "user", "replica"}), SERVE_PLACEHOLDERS) == ["user"]
    assert unknown_placeholders(frozenset({"port:grpc"}), frozenset({"port"})) == ["port:grpc"]


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("url = pg://{user}:{secret:key}@h", "url = pg://u:k@h"),
        ('{"a": {"user": "{user}", "b": {}}}', '{"a": {"user": "u", "b": {}}}'),
        ("{{user}} {{{user}}} {{ user }}", "{user} {{user}} {{ user }}"),
        ("server { listen 80; }", "server { listen 80; }"),
    ],
)
def test_a_file_keeps_all_braces_but_those_around_a_name(text: str, filled: str) -> None:
    assert fill_file(text, {"user": "u", "secret:key": "k"}) == filled


def test_the_placeholders_of_a_file_leave_out_what_is_meant_as_text() -> None:
    assert file_placeholders("{user} {{host}} {port:grpc}") == {"user", "port:grpc"}
