"""What must not be kept is taken out; what a reader needs stays readable."""

from __future__ import annotations

import json
from time import perf_counter
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.secrets import MASK, Redactor

SECRET = "hunter2-and-more"


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        # URLs
        ("postgresql://app:hunter2@db:5432/live", "postgresql://app:***@db:5432/live"),
        ("postgresql+psycopg://app:p%40ss@db/live?x=1", "postgresql+psycopg://app:***@db/live?x=1"),
        ("postgresql://{user}:{password}@{host}/{database}", "postgresql://{user}:{password}@{host}/{database}"),
        ("postgresql://app:{password}1@db", "postgresql://app:***@db"),
        ("redis://:hunter2@cache", "redis://:***@cache"),
        ("(amqp://a:b@c and http://d:e@f)", "(amqp://a:***@c and http://d:***@f)"),
        # JSON
        ('{"password": "hunter2", "user": "ann"}', '{"password": "***", "user": "ann"}'),
        ('{"userPassword":"hunter2"}', '{"userPassword":"***"}'),
        ('{"api_key": "a\\"b", "n": 1}', '{"api_key": "***", "n": 1}'),
        ('{"access-key" : 12345, "n": 1}', '{"access-key" : "***", "n": 1}'),
        ('{"token": null}', '{"token": "***"}'),
        ('{"token": "cut of', '{"token": "***"'),
        # forms, queries, DSNs
        ("user=ann&password=hunter2&next=/", "user=ann&password=***&next=/"),
        ("GET /cb?access_token=abc.def&state=1", "GET /cb?access_token=***&state=1"),
        ("host=db password=hunter2 user=ann", "host=db password=*** user=ann"),
        ("PGPASSWORD=hunter2; X=1", "PGPASSWORD=***; X=1"),
        ("client_secret=abc, id=1", "client_secret=***, id=1"),
        # headers
        ("Authorization: Bearer abcdefgh.ijk-l_m", "Authorization: Bearer ***"),
        ("authorization: basic dXNlcjpwYXNz", "authorization: basic ***"),
        ('{"Authorization": "Bearer abcdefghijk"}', '{"Authorization": "***"}'),
        ("X-Api-Key: hunter2", "X-Api-Key: ***"),
        ("> GET /\n> x-auth-token: a b, c\n> Accept: d", "> GET /\n> x-auth-token: ***\n> Accept: d"),
        ('Authorization: Digest username="a", response="b"', "Authorization: ***"),
        # what Python prints
        ("login(password='hunter2', n=1)", "login(password='***', n=1)"),
        ("{'password': \"it's\", 'n': 1}", "{'password': \"***\", 'n': 1}"),
        ("password=b'hunter2' token=UUID('abc') n=1", "password='***' token=*** n=1"),
        ('password = "a\\"b" # why', 'password = "***" # why'),
        # lists and objects
        ('{"tokens": ["a", "b]", {"c": "}"}], "n": 1}', '{"tokens": "***", "n": 1}'),
        ('{"credentials": {"a": [1]}, "n": {"secret": []}}', '{"credentials": "***", "n": {"secret": "***"}}'),
        ('{"tokens": ["a", "cut of', '{"tokens": "***"'),
        ("tokens=['a', 'b'] n=1", "tokens=*** n=1"),
        # JSON in JSON
        (r'{"body": "{\"password\": \"a\", \"n\": 1}"}', r'{"body": "{\"password\": \"***\", \"n\": 1}"}'),
    ],
)
def test_a_secret_is_known_by_where_it_stands(text: str, redacted: str) -> None:
    assert Redactor()(text) == redacted


@pytest.mark.parametrize(
    "text",
    [
        "login(password='hunter2-and-more', user='ann')",
        "{'user': 'ann', 'password': 'hunter2-and-more'}",
        "host=db password='hunter2-and-more' user=ann",
        'password="hunter2-and-more"',
        '{"tokens": ["first", "hunter2-and-more"]}',
        '{"credentials": {"user": "ann", "key": "hunter2-and-more"}}',
    ],
    ids=["keyword", "repr", "dsn", "quoted", "list", "object"],
)
def test_quotes_and_brackets_do_not_save_a_secret(text: str) -> None:
    """As Python prints arguments and dictionaries, and JSON lists and objects below a telling name."""
    assert SECRET not in Redactor()(text)


@pytest.mark.parametrize(
    "text",
    [
        "http://127.0.0.1:20000/orders/17",
        "http://localhost:8000/users/@ann",
        "postgresql://app@db:5432/live",
        "mailto:ann@example.com and see http://a/b:c@d",
        '{"user": "ann", "sku": "A-1"}',
        '{"note": "the password was wrong"}',
        'column "password" of relation "users" does not exist',
        "invalid password for user ann",
        "GET /orders?page=2&sort=name",
        "INSERT INTO tokens (id) VALUES ($1)",
        "the bearer of bad news",
        "KeyError: 'token'",
        "InvalidTokenError: the signature has expired",
        "asyncpg.exceptions.InvalidPasswordError: password authentication failed",
        "UPDATE users SET password = $1, name = $2",
        "",
    ],
)
def test_what_is_no_secret_stays_readable(text: str) -> None:
    assert Redactor(["another-value"])(text) == text


def test_a_known_value_is_taken_out_wherever_it_stands() -> None:
    redact = Redactor([SECRET])
    assert redact(f"<{SECRET}{SECRET}> as {SECRET}!") == f"<{MASK}{MASK}> as {MASK}!"


def test_a_known_value_that_holds_another_is_taken_out_whole() -> None:
    redact = Redactor(["inner", "outer-inner-outer"])
    assert redact("outer-inner-outer inner") == f"{MASK} {MASK}"


def test_a_value_can_be_learnt_later() -> None:
    redact = Redactor()
    assert redact(SECRET) == SECRET
    redact.add(SECRET)
    assert redact(SECRET) == MASK


def test_a_value_of_a_few_characters_blanks_out_no_log() -> None:
    assert Redactor(["", "a", "abc"])("abc abc") == "abc abc"
    assert Redactor(["abcd"])("abcd") == MASK


def test_of_an_environment_the_values_with_telling_names_are_learnt() -> None:
    redact = Redactor()
    redact.add_environment({"STRIPE_API_KEY": "sk-live-1", "DB_PASSWORD": "hunter2", "PORT": "8000", "MODE": "debug"})
    assert redact("sk-live-1 hunter2 8000 debug") == f"{MASK} {MASK} 8000 debug"


def test_a_long_text_is_read_in_a_time_that_grows_with_its_length() -> None:
    redact = Redactor([SECRET])
    for piece in ("token", '"token"', "token=[", 'token="', "token=a(", "token ", "basic ", "://a:", '"', " ", "x"):
        began = perf_counter()
        redact(piece * (100_000 // len(piece)) + "key")
        assert perf_counter() - began < 2, piece


def test_several_lines_are_redacted_each() -> None:
    assert Redactor([SECRET]).lines([SECRET, "fine"]) == (MASK, "fine")


def test_what_was_redacted_is_not_redacted_further() -> None:
    text = f'postgresql://a:{SECRET}@b {{"password": "{SECRET}"}} token={SECRET} Bearer {SECRET}'
    once = Redactor([SECRET])(text)
    assert Redactor([SECRET])(once) == once


# Without the mask's own character, which a text may hold anyway; quotes, slashes and the like stand for URLs and JSON.
PASSWORDS = st.text(alphabet="abz019 @/:%\"'\\{}=&,.-é", min_size=4, max_size=12)
AROUND = st.text(alphabet="ab \"':/@={}\n*", max_size=12)
FORMS = st.sampled_from(["{}", "postgresql://u:{}@h/d", '{{"password": "{}"}}', "password={}&x", "Bearer {}", '"{}"'])


@settings(max_examples=150, deadline=None, derandomize=True)
@given(PASSWORDS, AROUND, FORMS, AROUND)
def test_a_known_password_never_survives(password: str, before: str, form: str, after: str) -> None:
    assert password not in Redactor([password])(before + form.format(password) + after)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(PASSWORDS, min_size=2, max_size=4), AROUND)
def test_none_of_several_known_passwords_survives(passwords: list[str], between: str) -> None:
    redacted = Redactor(passwords)(between.join(passwords))
    assert not [password for password in passwords if password in redacted]


@settings(max_examples=40, deadline=None, derandomize=True)
@given(PASSWORDS)
def test_a_known_password_does_not_survive_in_a_url_or_in_json_either(password: str) -> None:
    """Applications print URLs and bodies as they send them: percent-encoded, escaped."""
    redact = Redactor([password])
    for encoded in (quote(password, safe=""), json.dumps(password)[1:-1]):
        assert encoded not in redact(f"connect to <{encoded}>")


def test_what_a_terminal_would_obey_is_spelled_out() -> None:
    assert Redactor()("\x1b[2Jone\r\n\ttwo\x00\x07\x9b1m") == "\\x1b[2Jone\n\ttwo\\x00\\x07\\x9b1m"
