"""Settings: what they mean, and what bad ones are told: file, line, key and remedy in one sentence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from harness.config import find_settings, load_settings
from harness.errors import SettingsError
from harness.model.cell import Status
from harness.model.release import Command, Environment, FileThere, HttpGet, LogLine, Probe, ReleaseName
from harness.model.rollout import Drain, Kind, Strategy, When
from harness.model.settings import OWNER, AppRole, Expected, Exploration, Load, Migrations
from harness.model.task import Point, Task
from harness.settings_source import Source
from harness.settings_tables import TABLES

if TYPE_CHECKING:
    from pathlib import Path

    from harness.model.release import Ask
    from harness.model.settings import Settings

MINIMAL = """\
[release]
serve = "run --port {port}"
ready = "/readyz"
[old]
source = "git:origin/main"
[new]
source = "."
"""
#: Number of the first line behind ``MINIMAL``.
NEXT = MINIMAL.count("\n") + 1


def slug(value: object) -> str | None:
    """A readable id for a piece of TOML."""
    return re.sub(r"\W+", "-", value.replace(MINIMAL, "")).strip("-")[-40:] if isinstance(value, str) else None


def load(folder: Path, text: str, name: str = "rolldeploy.toml") -> Settings:
    (folder / name).write_text(text, encoding="utf-8")
    return load_settings(folder / name, default_name="folder")


def refusal(folder: Path, text: str, name: str = "rolldeploy.toml") -> str:
    with pytest.raises(SettingsError) as caught:
        load(folder, text, name)
    sentence = str(caught.value)
    assert "\n" not in sentence
    return sentence


def edited(old: str, new: str) -> str:
    assert MINIMAL.count(old) == 1
    return MINIMAL.replace(old, new)


# What the settings mean


def test_the_least_that_can_be_said_gives_kubernetes_defaults(tmp_path: Path) -> None:
    settings = load(tmp_path, MINIMAL)
    assert settings.name == "folder"
    assert settings.path == tmp_path / "rolldeploy.toml"
    assert (settings.old.source, settings.new.source) == ("git:origin/main", ".")
    for name, release in settings.releases.items():
        assert release.name is ReleaseName(name)
        assert (release.serve, release.boot, release.init, release.env) == ("run --port {port}", None, (), {})
        assert release.readiness == Probe(ask=HttpGet("/readyz"), period_s=10, timeout_s=1, failure_threshold=3)
        assert (release.liveness, release.python) == (None, None)
        assert (release.start_timeout_s, release.grace_s) == (30.0, 10.0)
    assert settings.strategy == Strategy(replicas=2, max_surge="25%", max_unavailable="25%")
    assert settings.migrations == Migrations(alembic="alembic.ini", target="head", when=When.BEFORE)
    assert (settings.postgres, settings.seed, settings.expect) == ("auto", None, ())
    assert settings.waivers is None
    assert settings.app_role == OWNER == AppRole(restricted=False, name=None)


def test_all_that_can_be_said(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        """
        name = "orders"
        waivers = "ops/waivers.toml"
        [release]
        serve = "run {port} {replica}"
        boot = "up {replica}"
        init = ["make", "load {replica}"]
        ready = "/readyz"
        live = { path = "/livez", period_s = 5, timeout_s = 2.5, failure_threshold = 1 }
        env = { URL = "pg://{user}:{password}@{host}:{port}/{database}", BRACES = "{{x}}" }
        python = "venv/bin/python"
        start_timeout_s = 5
        grace_s = 0.5
        [old]
        source = "old"
        [new]
        source = "new"
        [migrations]
        alembic = "db/alembic.ini"
        section = "orders"
        target = "heads"
        x = ["tenant=a"]
        url = "pg://{user}@{host}/{database}"
        when = "at-boot"
        steps = ["0001", "0002"]
        command = "move {revision} {replica}"
        version_table = "moves"
        [strategy]
        kind = "canary"
        replicas = 3
        max_surge = 1
        max_unavailable = "0"
        canary = "30%"
        min_ready_s = 10
        progress_deadline_s = 600
        drain = "after"
        time_scale = 0.1
        ports = "21000-21001"
        [database]
        postgres = "system"
        image = "postgres:16.4"
        seed = "seed.sql"
        app_role = "restricted:shop_app"
        [journeys]
        request_timeout_s = 3
        [traffic]
        clients = 2
        rate_per_s = 7.5
        seed = 3
        [checks]
        lock_wait_budget_ms = 50
        [disturbances]
        long_transaction_s = 1.5
        [explore]
        max_examples = 2000
        seed = 7
        disturbances = ["crash"]
        ignore = ["ticket"]
        [expect."0001_first"]
        old-warm = "known since May"
        old-cold = { reason = "as above", status = "fail", sqlstate = "42703" }
        old-bypass = { reason = "either", sqlstate = ["42703", "42P01"] }
        [expect."*".old-boot]
        reason = "Alembic"
        [expect.rollout]
        mixed = "both"
        """,
    )
    assert (settings.name, settings.waivers) == ("orders", "ops/waivers.toml")
    release = settings.old
    assert (release.boot, release.init) == ("up {replica}", ("make", "load {replica}"))
    assert release.liveness == Probe(ask=HttpGet("/livez"), period_s=5.0, timeout_s=2.5, failure_threshold=1)
    assert release.env["BRACES"] == "{{x}}"
    assert (release.python, release.start_timeout_s, release.grace_s) == ("venv/bin/python", 5.0, 0.5)
    assert settings.migrations == Migrations(
        alembic="db/alembic.ini",
        section="orders",
        target="heads",
        x=("tenant=a",),
        url="pg://{user}@{host}/{database}",
        when=When.AT_BOOT,
        steps=("0001", "0002"),
        command="move {revision} {replica}",
        version_tables=("moves",),
    )
    assert settings.strategy == Strategy(
        kind=Kind.CANARY,
        replicas=3,
        max_surge="1",
        max_unavailable="0",
        canary="30%",
        min_ready_s=10.0,
        progress_deadline_s=600.0,
        drain=Drain.AFTER,
        time_scale=0.1,
        ports=range(21000, 21002),
    )
    assert (settings.postgres, settings.image, settings.seed) == ("system", "postgres:16.4", "seed.sql")
    assert settings.patience.request_s == 3.0
    assert settings.load == Load(clients=2, rate_per_s=7.5, seed=3, long_transaction_s=1.5)
    assert settings.explore == Exploration(max_examples=2000, seed=7, disturbances=("crash",), ignore=("ticket",))
    assert settings.lock_wait_budget_ms == 50.0
    assert settings.expect == (
        Expected(step="0001_first", actor="old-warm", reason="known since May"),
        Expected(step="0001_first", actor="old-cold", reason="as above", status=Status.FAIL, sqlstates=("42703",)),
        Expected(step="0001_first", actor="old-bypass", reason="either", sqlstates=("42703", "42P01")),
        Expected(step="*", actor="old-boot", reason="Alembic"),
        Expected(step="rollout", actor="mixed", reason="both"),
    )


def test_pyproject_says_the_same_under_its_tool_table(tmp_path: Path) -> None:
    tool = MINIMAL.replace("[", "[tool.rolldeploy.") + '[project]\nname = "unrelated"\n'
    settings = load(tmp_path, tool, "pyproject.toml")
    assert (settings.name, settings.old.source) == ("folder", "git:origin/main")


@pytest.mark.parametrize(
    ("key", "shared", "own", "expected"),
    [
        ("serve", '"a {port}"', '"b {port}"', ("a {port}", "b {port}")),
        ("boot", '"up"', '"other"', ("up", "other")),
        ("boot", '"up"', '""', ("up", None)),
        ("init", '["a"]', '["b", "c"]', (("a",), ("b", "c"))),
        ("init", '["a"]', "[]", (("a",), ())),
        ("preload", '["a"]', '["b", "c.d"]', (("a",), ("b", "c.d"))),
        ("preload", '["a"]', "[]", (("a",), ())),
        ("python", '"a"', '"b"', ("a", "b")),
        ("start_timeout_s", "1", "2", (1.0, 2.0)),
        ("grace_s", "1", "2", (1.0, 2.0)),
        ("grace_s", "1", "0.0", (1.0, 0.0)),
        ("env", '{ A = "1", B = "2" }', '{ B = "3", C = "4" }', ({"A": "1", "B": "2"}, {"A": "1", "B": "3", "C": "4"})),
    ],
)
def test_what_a_release_says_itself_overrides_what_both_share(
    tmp_path: Path, key: str, shared: str, own: str, expected: tuple[Any, Any]
) -> None:
    text = '[release]\nserve = "run"\nready = "/r"\n[old]\nsource = "a"\n[new]\nsource = "."\n'
    text = text.replace('serve = "run"\n', "") if key == "serve" else text
    text = text.replace("[release]\n", f"[release]\n{key} = {shared}\n").replace("[new]\n", f"[new]\n{key} = {own}\n")
    settings = load(tmp_path, text)
    assert (getattr(settings.old, key), getattr(settings.new, key)) == expected


def test_a_probe_is_a_path_or_a_table_and_each_release_may_have_its_own(tmp_path: Path) -> None:
    text = MINIMAL + '[new.ready]\npath = "/up"\nperiod_s = 1\nsuccess_threshold = 2\ninitial_delay_s = 3\n'
    settings = load(tmp_path, text)
    assert settings.old.readiness == Probe(ask=HttpGet("/readyz"))
    assert settings.new.readiness == Probe(ask=HttpGet("/up"), period_s=1.0, success_threshold=2, initial_delay_s=3.0)


def test_liveness_can_be_taken_back(tmp_path: Path) -> None:
    text = edited("[release]\n", '[release]\nlive = "/livez"\n').replace("[new]\n", '[new]\nlive = ""\n')
    settings = load(tmp_path, text)
    assert (settings.old.liveness, settings.new.liveness) == (Probe(ask=HttpGet("/livez")), None)


@pytest.mark.parametrize("key", ["ready", "live", "startup"])
@pytest.mark.parametrize("value", ['"up"', '{ path = "up" }'])
def test_a_path_that_is_asked_gets_its_slash(tmp_path: Path, key: str, value: str) -> None:
    settings = load(tmp_path, with_line("new", f"{key} = {value}\n"))
    asked = {"ready": settings.new.readiness, "live": settings.new.liveness, "startup": settings.new.startup}
    assert asked[key] == Probe(ask=HttpGet("/up"))


# What bad settings are told


@pytest.mark.parametrize(
    ("url", "path"),
    [("http://localhost:8000/readyz", "/readyz"), ("HTTPS://shop/up?deep=1", "/up?deep=1"), ("http://shop", "/")],
)
@pytest.mark.parametrize(
    ("key", "value"), [("ready", '"{url}"'), ("live", '{{ path = "{url}" }}'), ("startup", '"{url}"')]
)
def test_an_address_that_is_asked_is_a_path(tmp_path: Path, url: str, path: str, key: str, value: str) -> None:
    line = f"{key} = {value.format(url=url)}\n"
    sentence = refusal(tmp_path, edited('ready = "/readyz"\n', line) if key == "ready" else with_line("release", line))
    place = "rolldeploy.toml, line " + ("3" if key == "ready" else "2")
    assert sentence.startswith(f"{place}, release.{key}{'.path' if '{{' in value else ''}: '{url}' is a whole URL, ")
    assert sentence.endswith(f'say "{path}"')


#: Table, line, the line's number, its key, and the nearest key.
Typo = tuple[str, str, int, str, str]
TYPOS: list[Typo] = [
    ("", 'nam = "x"\n', 1, "nam", "name"),
    ("release", 'redy = "/"\n', 2, "redy", "ready"),
    ("old", 'sauce = "x"\n', 5, "sauce", "source"),
    ("new", 'bot = "x"\n', 7, "bot", "boot"),
    ("migrations", 'whn = "after"\n', NEXT + 1, "whn", "when"),
    ("deploy", 'from_kubernets = "x"\n', NEXT + 1, "from_kubernets", "from_kubernetes"),
    ("strategy", "maxsurge = 1\n", NEXT + 1, "maxsurge", "max_surge"),
    ("database", 'sed = "x"\n', NEXT + 1, "sed", "seed"),
    ("journeys", "request_timeout = 1\n", NEXT + 1, "request_timeout", "request_timeout_s"),
    ("release.live", "perod_s = 1\n", NEXT + 1, "perod_s", "period_s"),
    ("old.ready", "time_out_s = 1\n", NEXT + 1, "time_out_s", "timeout_s"),
    ('expect."0001_first".old-warm', 'resaon = "x"\n', NEXT + 1, "resaon", "reason"),
]

every_typo = pytest.mark.parametrize("typo", TYPOS, ids=[typo[3] for typo in TYPOS])


def with_line(table: str, line: str, prefix: str = "") -> str:
    """The minimal settings with one more line at the beginning of a table, or at the very beginning."""
    text = MINIMAL.replace("[", f"[{prefix}")
    if not table:
        return (f"[{prefix.rstrip('.')}]\n" if prefix else "") + line + text
    heading = f"[{prefix}{table}]\n"
    return text.replace(heading, heading + line) if heading in text else text + heading + line


@every_typo
def test_an_unknown_key_is_told_with_line_and_nearest_key(tmp_path: Path, typo: Typo) -> None:
    table, line, number, key, near = typo
    sentence = refusal(tmp_path, with_line(table, line))
    assert sentence.startswith(f"unknown key '{key}'")
    assert f"rolldeploy.toml, line {number} - did you mean '{near}'? (known: " in sentence
    if table:
        assert f" in [{table.replace(chr(34), '')}]: " in sentence.replace('"', "")


@every_typo
def test_an_unknown_key_in_pyproject_is_told_so_too(tmp_path: Path, typo: Typo) -> None:
    table, line, number, _, near = typo
    sentence = refusal(tmp_path, with_line(table, line, "tool.rolldeploy."), "pyproject.toml")
    assert f"pyproject.toml, line {number + (not table)} - did you mean '{near}'?" in sentence
    if table:
        assert f" in [tool.rolldeploy.{table.replace(chr(34), '')}]: " in sentence.replace('"', "")


def test_an_unknown_table_is_told_by_its_heading(tmp_path: Path) -> None:
    sentence = refusal(tmp_path, MINIMAL + "[migratons]\n")
    assert sentence == (
        f"unknown key 'migratons': rolldeploy.toml, line {NEXT} - did you mean 'migrations'? "
        "(known: chain, checks, database, deploy, disturbances, expect, explore, journeys, migrations, name, new, old, "
        "release, strategy, task, traffic, waivers)"
    )


def test_a_key_that_is_like_no_other_is_told_what_there_is(tmp_path: Path) -> None:
    sentence = refusal(tmp_path, with_line("strategy", "zzz = 1\n"))
    assert sentence == (
        f"unknown key 'zzz' in [strategy]: rolldeploy.toml, line {NEXT + 1} "
        "(known: canary, drain, kind, max_surge, max_unavailable, min_ready_s, ports, progress_deadline_s, replicas, "
        "time_scale)"
    )


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (edited("[release]\n", '[release]  # what both share\nredy = "/"\n'), 2),
        (edited("[release]\n", '[ release ]\nredy = "/"\n'), 2),
        (edited("[release]\n", '[release]\n  "redy" = "/"\n'), 2),
        (edited("[old]\n", '[old]\nready = "/"\n').replace("[new]\n", "[new]\nredy = '/'\n"), 8),
        (edited('ready = "/readyz"', 'ready = { path = "/", redy = 1 }'), 3),
    ],
    ids=["comment", "spaces", "quotes", "other-table", "inline-table"],
)
def test_the_line_of_a_key_is_found_however_its_table_is_written(tmp_path: Path, text: str, number: int) -> None:
    sentence = refusal(tmp_path, text)
    assert sentence.startswith("unknown key 'redy'")
    assert f"rolldeploy.toml, line {number} " in sentence


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            edited('source = "git:origin/main"\n', ""),
            'rolldeploy.toml says nothing of old.source: add e.g. source = "git:origin/main" under [old]',
        ),
        (
            edited('source = "."\n', ""),
            'rolldeploy.toml says nothing of new.source: add e.g. source = "." under [new]',
        ),
        (
            edited('ready = "/readyz"\n', ""),
            'rolldeploy.toml says nothing of old.ready: add e.g. ready = "/readyz" under [old] or [release]',
        ),
        ("", "rolldeploy.toml says nothing of old.serve: add e.g. serve = "),
        (edited('"run --port {port}"', '""'), "rolldeploy.toml says nothing of old.serve: add e.g. serve = "),
        (edited('source = "."\n', 'source = "."\nserve = ""\n'), "rolldeploy.toml says nothing of new.serve: "),
    ],
    ids=slug,
)
def test_what_is_missing_is_told_with_an_example_and_its_table(tmp_path: Path, text: str, sentence: str) -> None:
    assert refusal(tmp_path, text).startswith(sentence)


def test_a_serve_command_may_be_said_for_each_release_alone(tmp_path: Path) -> None:
    text = edited('serve = "run --port {port}"\n', "").replace("[old]\n", '[old]\nserve = "a"\n')
    assert refusal(tmp_path, text).startswith("rolldeploy.toml says nothing of new.serve")
    assert load(tmp_path, text.replace("[new]\n", '[new]\nserve = "b"\n')).new.serve == "b"


@pytest.mark.parametrize(
    ("table", "line", "key", "told"),
    [
        ("", "name = 3\n", "name", ["`str", "`int`"]),
        ("old", 'init = "make"\n', "old.init", ["`array", "`str`"]),
        ("release", 'grace_s = "long"\n', "release.grace_s", ["`float", "`str`"]),
        ("release", "live = 3\n", "release.live", ["`int`"]),
        ("release.live", "period_s = 1\n", "release.live", ["missing", "`path`", "`log`", "`command`", "`file`"]),
        (
            "release.live",
            'path = "/"\nfailure_threshold = 1.5\n',
            "release.live.failure_threshold",
            ["`int", "`float`"],
        ),
        ("strategy", 'replicas = "two"\n', "strategy.replicas", ["`int`", "`str`"]),
        ("strategy", "max_surge = 1.5\n", "strategy.max_surge", ["`int | str`", "`float`"]),
        ("journeys", 'request_timeout_s = "1 s"\n', "journeys.request_timeout_s", ["`float`", "`str`"]),
        ("migrations", 'when = "later"\n', "migrations.when", ["'later'", "before", "at-boot", "after"]),
        ("old", "env = { A = 1 }\n", "old.env", ["`str`", "`int`"]),
        ('expect."0001"', "old-warm = 3\n", "expect.0001.old-warm", ["`str`", "`int`"]),
        ('expect."0001"', 'old-warm = { status = "fail" }\n', "expect.0001.old-warm", ["missing", "`reason`"]),
        (
            'expect."0001"',
            'old-warm = { reason = "x", status = "red" }\n',
            "expect.0001.old-warm",
            ["fail", "transient"],
        ),
    ],
    ids=slug,
)
def test_a_bad_value_is_told_with_line_key_and_what_there_could_be(
    tmp_path: Path, table: str, line: str, key: str, told: list[str]
) -> None:
    text = with_line(table, line)
    sentence = refusal(tmp_path, text)
    lines = text.splitlines()
    last = line.splitlines()[-1]
    place = next(n for n in range(1, len(lines) + 1) if lines[n - 1] == last)
    # Where a whole table is meant, its heading is as good a line as any.
    assert sentence.startswith(tuple(f"rolldeploy.toml, line {n}, {key}" for n in (place, place - 1)))
    for words in told:
        assert words in sentence


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("release = 3\n[old]\n[new]\n", ["line 1", "release"]),
        ('[expect]\n"0001" = "why"\n' + MINIMAL, ["line 2", "expect.0001"]),
    ],
    ids=slug,
)
def test_a_value_where_a_table_should_be_is_told(tmp_path: Path, text: str, told: list[str]) -> None:
    sentence = refusal(tmp_path, text)
    for words in ("rolldeploy.toml", *told):
        assert words in sentence


@pytest.mark.parametrize(
    "text", ["tool = 3\n", "[tool]\nrolldeploy = 3\n", "[[tool.rolldeploy]]\n[tool.other]\n"], ids=slug
)
def test_a_value_where_the_tool_table_should_be_is_told(tmp_path: Path, text: str) -> None:
    assert "pyproject.toml" in refusal(tmp_path, text, "pyproject.toml")


@pytest.mark.parametrize(
    ("text", "place", "name"),
    [
        (edited("{port}", "{prt}"), "line 2, release.serve", "prt"),
        (edited("{port}", "{database}"), "line 2, release.serve", "database"),
        (edited("[new]\n", '[new]\nserve = "run {prt}"\n'), "line 7, new.serve", "prt"),
        (edited("[old]\n", '[old]\nboot = "up {revision}"\n'), "line 5, old.boot", "revision"),
        (edited("[release]\n", '[release]\ninit = ["make", "load {usr}"]\n'), "line 2, release.init", "usr"),
        (edited("[release]\n", '[release]\nenv = { A = "{usr}" }\n'), "line 2, release.env", "usr"),
        (edited("[old]\n", '[old]\nenv = { A = "{replica}" }\n'), "line 5, old.env", "replica"),
        (MINIMAL + '[new.env]\nA = "{usr}"\n', f"line {NEXT + 1}, new.env", "usr"),
        (MINIMAL + '[migrations]\nurl = "pg://{usr}"\n', f"line {NEXT + 1}, migrations.url", "usr"),
        (
            MINIMAL + '[migrations]\nsteps = ["a"]\ncommand = "m {revision} {port}"\n',
            f"line {NEXT + 2}, migrations.command",
            "port",
        ),
    ],
    ids=slug,
)
def test_an_unknown_placeholder_is_told_with_those_that_are_known_there(
    tmp_path: Path, text: str, place: str, name: str
) -> None:
    sentence = refusal(tmp_path, text)
    assert sentence.startswith(f"rolldeploy.toml, {place}")
    assert f": unknown placeholder {{{name}}} (known there: " in sentence


@pytest.mark.parametrize(
    ("table", "line", "place"),
    [
        ("new", "serve = '''{}'''\n", "line 7, new.serve"),
        ("release", "boot = '''{}'''\n", "line 2, release.boot"),
        ("release", "init = ['''{}''']\n", "line 2, release.init"),
        ("release", "setup = ['''{}''']\n", "line 2, release.setup"),
        ("release", "live = {{ command = '''{}''' }}\n", "line 2, release.live.command"),
        ("migrations", "steps = ['a']\ncommand = '''{}'''\n", f"line {NEXT + 2}, migrations.command"),
        ("[task]", "name = 'a'\ncommand = '''{}'''\n", f"line {NEXT + 2}, task.1.command"),
    ],
)
@pytest.mark.parametrize(
    "wrong",
    [("run 'a", "has a quote that is not closed"), ('run "a', "has a quote that is not closed"),
     ("run a\\", "ends with a backslash")],
)  # fmt: skip
def test_a_command_line_that_cannot_be_split_is_told_where_it_stands(
    tmp_path: Path, table: str, line: str, place: str, wrong: tuple[str, str]
) -> None:
    command, what = wrong
    sentence = refusal(tmp_path, with_line(table, line.format(command)))
    assert sentence == f"rolldeploy.toml, {place}: the command line '{command}' {what}"


@pytest.mark.parametrize("key", ["max_surge", "max_unavailable"])
@pytest.mark.parametrize("value", ['"abc"', '"%"', '"nan%"', '"inf%"', '"-25%"', '"-1"', "-1", '"1.5"', '""'])
def test_a_count_of_replicas_is_a_number_or_a_percentage(tmp_path: Path, key: str, value: str) -> None:
    sentence = refusal(tmp_path, with_line("strategy", f"{key} = {value}\n"))
    assert sentence.startswith(f"rolldeploy.toml, line {NEXT + 1}, strategy.{key}: ")
    assert "25%" in sentence


@pytest.mark.parametrize("task", ["[task]\nname = 'a'\ncommand = 'b'\n", "[task.a]\ncommand = 'b'\n"])
def test_tasks_are_an_array(tmp_path: Path, task: str) -> None:
    sentence = refusal(tmp_path, MINIMAL + task)
    assert sentence == f"rolldeploy.toml, line {NEXT}, task: it is an array: write [[task]] above each task"


def test_a_placeholder_of_a_task_is_told_where_it_gets_its_value(tmp_path: Path) -> None:
    sentence = refusal(tmp_path, MINIMAL + "[[task]]\nname = 'a'\ncommand = 'fill {n}'\n")
    assert sentence.startswith(f"rolldeploy.toml, line {NEXT + 2}, task.1.command: unknown placeholder {{n}} (known ")
    assert sentence.endswith("; one of the task's own gets its value under params)")


@pytest.mark.parametrize("kind", ["rolling", "canary"])
@pytest.mark.parametrize(("surge", "unavailable"), [("0", "0"), ('"0%"', "0"), ("0", '"0.0%"')])
def test_some_replica_can_be_replaced(tmp_path: Path, kind: str, surge: str, unavailable: str) -> None:
    lines = f'kind = "{kind}"\nmax_surge = {surge}\nmax_unavailable = {unavailable}\n'
    assert refusal(tmp_path, with_line("strategy", lines)) == (
        f"rolldeploy.toml, line {NEXT + 3}, strategy.max_unavailable: it cannot be 0 where max_surge is 0, as in "
        "Kubernetes: no replica could be replaced"
    )


@pytest.mark.parametrize(
    "lines",
    [
        'kind = "recreate"\nmax_surge = 0\nmax_unavailable = 0\n',
        'kind = "blue-green"\nmax_surge = 0\nmax_unavailable = 0\n',
        "max_surge = 0\n",
        'max_surge = 0\nmax_unavailable = "1%"\n',
        'kind = "canary"\nreplicas = 1\n',
        'kind = "canary"\ncanary = "100%"\n',
        "canary = 5\n",
    ],
    ids=slug,
)
def test_numbers_that_come_to_nothing_or_are_for_another_kind_are_well(tmp_path: Path, lines: str) -> None:
    load(tmp_path, with_line("strategy", lines))


@pytest.mark.parametrize("canary", ["0", "0%"])
def test_there_is_a_canary(tmp_path: Path, canary: str) -> None:
    sentence = refusal(tmp_path, with_line("strategy", f'kind = "canary"\ncanary = "{canary}"\n'))
    assert sentence.startswith(f"rolldeploy.toml, line {NEXT + 2}, strategy.canary: it cannot be 0")


@pytest.mark.parametrize("canary", ["5", "101%"])
def test_there_are_no_more_canaries_than_replicas(tmp_path: Path, canary: str) -> None:
    sentence = refusal(tmp_path, with_line("strategy", f'kind = "canary"\ncanary = "{canary}"\n'))
    place = f"rolldeploy.toml, line {NEXT + 2}, strategy.canary"
    assert sentence == f"{place}: there are 2 replicas, so {canary} cannot serve first"


@pytest.mark.parametrize(
    ("value", "role"),
    [
        ("owner", OWNER),
        ("restricted", AppRole(restricted=True)),
        ("restricted:shop_app", AppRole(restricted=True, name="shop_app")),
        ("restricted:Shop-App$1", AppRole(restricted=True, name="Shop-App$1")),
        ("restricted:publican", AppRole(restricted=True, name="publican")),
    ],
)
def test_replicas_act_as_the_owner_or_as_a_restricted_role(tmp_path: Path, value: str, role: AppRole) -> None:
    assert load(tmp_path, with_line("database", f'app_role = "{value}"\n')).app_role == role


@pytest.mark.parametrize("value", ["", "Owner", "owner:shop_app", "shop_app", "restrict"])
def test_another_app_role_is_told_what_there_could_be(tmp_path: Path, value: str) -> None:
    sentence = refusal(tmp_path, with_line("database", f'app_role = "{value}"\n'))
    place = f"rolldeploy.toml, line {NEXT + 1}, database.app_role"
    assert sentence == f"{place}: '{value}' is none of owner, restricted, restricted:NAME"


@pytest.mark.parametrize("name", ["", "public", "none", "pg_monitor", "1st", "a b", 'a"b', "a" * 64])
def test_the_name_of_an_app_role_is_one_that_postgresql_takes(tmp_path: Path, name: str) -> None:
    sentence = refusal(tmp_path, with_line("database", f"app_role = 'restricted:{name}'\n"))
    place = f"rolldeploy.toml, line {NEXT + 1}, database.app_role"
    assert sentence.startswith(f"{place}: '{name}' cannot be the name of a role; one like shop_app")


def test_a_value_of_another_type_is_told_in_the_words_of_toml(tmp_path: Path) -> None:
    sentence = refusal(tmp_path, MINIMAL.replace('ready = "/readyz"', "ready = 3"))
    assert sentence.endswith("release.ready: expected `str | table`, got `int`")


def test_where_keys_are_free_the_table_is_named_if_the_key_is_not_known() -> None:
    source = Source("rolldeploy.toml", (), {("a", "b"): 3}, {"a": {"b": {"key": 1}}})
    with pytest.raises(SettingsError, match=r"^rolldeploy\.toml, line 3, a\.b: expected `str`, got `int`$"):
        source.convert(("a", "b"), dict[str, str])


def test_roles_that_migrations_name(tmp_path: Path) -> None:
    names = 'roles = ["metabase", "Shop-Readers", "metabase"]\n'
    assert load(tmp_path, with_line("database", names)).roles == ("metabase", "Shop-Readers")
    sentence = refusal(tmp_path, with_line("database", 'roles = ["pg_monitor"]\n'))
    place = f"rolldeploy.toml, line {NEXT + 1}, database.roles"
    assert sentence == f"{place}: 'pg_monitor' cannot be the name of a role; one like shop_readers can"


def test_the_app_role_may_be_named_in_variables_alone(tmp_path: Path) -> None:
    text = edited("[release]\n", '[release]\nenv = { ROLE = "{app_role}" }\n')
    assert load(tmp_path, text).new.env == {"ROLE": "{app_role}"}
    assert "unknown placeholder {app_role}" in refusal(tmp_path, edited("{port}", "{app_role}"))


def test_somebody_must_serve(tmp_path: Path) -> None:
    sentence = refusal(tmp_path, with_line("strategy", "replicas = 0\n"))
    assert sentence == f"rolldeploy.toml, line {NEXT + 1}, strategy.replicas: 0 replicas cannot serve; at least 1"


@pytest.mark.parametrize("value", ["x", "20000", "3-1", "-1-5", "20000-29999x", "60000-70000", "0-10"])
def test_the_ports_are_a_range_of_ports(tmp_path: Path, value: str) -> None:
    sentence = refusal(tmp_path, with_line("strategy", f'ports = "{value}"\n'))
    assert sentence.startswith(f"rolldeploy.toml, line {NEXT + 1}, strategy.ports: '{value}' ")
    assert "20000-29999" in sentence


@pytest.mark.parametrize(
    ("table", "key", "value"),
    [
        ("strategy", "time_scale", "-1"),
        ("strategy", "time_scale", "0"),
        ("strategy", "time_scale", "inf"),
        ("strategy", "time_scale", "nan"),
        ("journeys", "request_timeout_s", "0"),
        ("release", "start_timeout_s", "-1"),
        ("release", "grace_s", "-1"),
        ("release.live", "period_s", "-1"),
        ("release.live", "period_s", "0"),
        ("release.live", "timeout_s", "0"),
        ("release.live", "initial_delay_s", "-1"),
        ("release.live", "failure_threshold", "0"),
        ("release.live", "success_threshold", "0"),
    ],
)
def test_a_duration_or_threshold_that_has_no_meaning_is_refused(
    tmp_path: Path, table: str, key: str, value: str
) -> None:
    line = f"{key} = {value}\n" + ('path = "/"\n' if table == "release.live" else "")
    sentence = refusal(tmp_path, with_line(table, line))
    number = with_line(table, line).splitlines().index(f"{key} = {value}") + 1
    assert sentence.startswith(f"rolldeploy.toml, line {number}, {table}.{key}: ")


def test_no_grace_and_no_delay_are_settings_like_any_other(tmp_path: Path) -> None:
    text = with_line("release.live", 'path = "/"\ninitial_delay_s = 0\n').replace("[new]\n", "[new]\ngrace_s = 0\n")
    settings = load(tmp_path, text)
    assert settings.new.grace_s == 0
    assert settings.new.liveness == Probe(ask=HttpGet("/"), initial_delay_s=0.0)


def test_the_highest_and_the_lowest_port_may_be_used(tmp_path: Path) -> None:
    settings = load(tmp_path, with_line("strategy", 'ports = "1024-65535"\n'))
    assert settings.strategy.ports == range(1024, 65536)


def test_boot_may_name_the_port_that_serve_will_have_and_commands_without_a_replica_may_not(tmp_path: Path) -> None:
    text = edited("[release]\n", '[release]\nboot = "up {port}"\n')
    assert load(tmp_path, text).new.boot == "up {port}"
    sentence = refusal(tmp_path, text.replace("boot = ", "init = [").replace('{port}"\ns', '{port}"]\ns'))
    assert "unknown placeholder {port} (known there: private, replica, secret:NAME, shared; " in sentence


@pytest.mark.parametrize("key", ["env", "bypass"])
@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('"A=B" = "x"', ": 'A=B' is no name of a variable: one has at least one character, and no = or NUL"),
        ('"" = "x"', ": '' is no name of a variable: one has at least one character, and no = or NUL"),
        (r'"A\u0000" = "x"', r": 'A\x00' is no name of a variable: one has at least one character, and no = or NUL"),
        (r'A = "x\u0000"', r".A: no command, variable or path can have a NUL (\u0000): take it out"),
    ],
    ids=slug,
)
def test_what_no_process_can_have_as_a_variable_is_told_with_its_line(
    tmp_path: Path, key: str, line: str, sentence: str
) -> None:
    text = f'{MINIMAL}[old.{key}]\nGOOD = "1"\n{line}\n'
    assert refusal(tmp_path, text) == f"rolldeploy.toml, line {NEXT + 2}, old.{key}{sentence}"


@pytest.mark.parametrize(
    ("lines", "place"),
    [
        (r'[old]|source = "a\u0000"', "line {1}, old.source"),
        (r'[old]|init = ["true", "a\u0000"]', "line {1}, old.init.2"),
        (r'[[task]]|name = "a"|command = "a\u0000"', "line {2}, task.1.command"),
    ],
    ids=slug,
)
def test_no_text_has_a_nul(tmp_path: Path, lines: str, place: str) -> None:
    numbered = re.sub(r"\{(\d)\}", lambda match: str(1 + int(match[1])), place)
    assert refusal(tmp_path, lines.replace("|", "\n")) == (
        rf"rolldeploy.toml, {numbered}: no command, variable or path can have a NUL (\u0000): take it out"
    )


def test_folders_further_ports_and_secrets_may_be_named_wherever_a_process_can_use_them(tmp_path: Path) -> None:
    text = edited(
        'serve = "run --port {port}"\n',
        'serve = "run {port} {port:grpc} {private} {shared} {secret:session-key}"\n'
        'boot = "up {port:grpc} {private} {shared} {secret:a}"\n'
        'init = ["make {private} {shared} {secret:a}"]\n'
        'env = { A = "{port:grpc} {port:serve} {private} {shared} {secret:a}" }\n',
    )
    command = '[migrations]\nsteps = ["a"]\ncommand = "m {revision} {private} {shared} {secret:a}"\n'
    assert load(tmp_path, text + command).old.env["A"].startswith("{port:grpc}")


@pytest.mark.parametrize(
    ("given", "name"), [("{port:grpc}", "port:grpc"), ("{password}", "password")], ids=["port", "password"]
)
def test_commands_that_serve_nothing_have_no_port_and_the_database_by_their_variables(
    tmp_path: Path, given: str, name: str
) -> None:
    sentence = refusal(tmp_path, edited("[old]\n", f'[old]\ninit = ["make {given}"]\n'))
    assert f"old.init: unknown placeholder {{{name}}}" in sentence


def test_configuration_files_are_read_with_the_settings_and_each_release_may_have_its_own(tmp_path: Path) -> None:
    (tmp_path / "app.ini").write_text("[app]\nurl = pg://{user}@{host}:{port}\n")
    (tmp_path / "new.ini").write_text('{"debug": {"on": {}}, "key": "{secret:key}", "text": "{{user}}"}')
    files = '[release.files]\n"etc/app.ini" = "app.ini"\n"log.ini" = "app.ini"\n[new.files]\n"log.ini" = "new.ini"\n'
    settings = load(tmp_path, MINIMAL + files)
    assert set(settings.old.files) == set(settings.new.files) == {"etc/app.ini", "log.ini"}
    assert settings.old.files["log.ini"] == settings.new.files["etc/app.ini"] == (tmp_path / "app.ini").read_text()
    assert settings.new.files["log.ini"] == (tmp_path / "new.ini").read_text()


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('"app.ini" = "gone.ini"', "cannot read the template {folder}/gone.ini: No such file or directory"),
        ('"app.ini" = "latin.ini"', "cannot read the template {folder}/latin.ini: it is no UTF-8 text"),
        ('"/etc/app.ini" = "good.ini"', "'/etc/app.ini' is no path below a process's own folder"),
        ('"../app.ini" = "good.ini"', "'../app.ini' is no path below a process's own folder"),
        ('"" = "good.ini"', "'' is no path below a process's own folder"),
        ('"app.ini" = "bad.ini"', "unknown placeholder {{message}} in bad.ini (known there: app_role, "),
        ('"app.ini" = "bad.ini"', "; {{{{message}}}} is its text)"),
        ('"app.ini" = 3', "expected `str`, got `int`"),
        ('"app.ini" = { a = 1 }', "expected `str`, got `table`"),
    ],
    ids=slug,
)
def test_a_configuration_file_that_cannot_be_made_is_told(tmp_path: Path, line: str, sentence: str) -> None:
    (tmp_path / "good.ini").write_text("url = {host}")
    (tmp_path / "latin.ini").write_bytes("größe".encode("latin-1"))
    (tmp_path / "bad.ini").write_text("format = {message}")
    told = refusal(tmp_path, f"{MINIMAL}[old.files]\n{line}\n")
    assert told.startswith(f"rolldeploy.toml, line {NEXT + 1}, old.files.")
    assert sentence.format(folder=tmp_path) in told


def test_a_failure_of_the_new_release_by_itself_may_be_expected(tmp_path: Path) -> None:
    settings = load(tmp_path, with_line('expect."0001"', 'new-control = "a bug, known"\n'))
    assert settings.expect == (Expected(step="0001", actor="new-control", reason="a bug, known"),)


def test_all_that_toml_allows_around_a_key_does_not_hide_its_line(tmp_path: Path) -> None:
    text = """\
name = '''
[strategy]
replicas = 0
'''
migrations.x = [
    "a=#",  # [strategy]
    "b=]",
]
release = { serve = "run", ready = { path = "/" }, env = {} }
old.source = "a"
"new"."source" = '.'
[ "strategy" ] # replicas = 0
'replicas' = 0
"""
    assert refusal(tmp_path, text).startswith("rolldeploy.toml, line 13, strategy.replicas: ")


@pytest.mark.parametrize(
    ("lines", "key", "sentence"),
    [
        ('target = "base"\n', "target", "'base' is neither head nor heads"),
        ('steps = ["a"]\n', "steps", "nothing runs them: say how by command = or python ="),
        ('command = "m {revision}"\n', "command", "it is run for each of steps = [...], and there are none"),
        ('sql = ""\n', "sql", "it is empty: name the folder of the SQL files"),
        ('sql = "a"\npython = "a:b"\n', "python", "sql moves the schema already: keep one of them"),
        ('alembic = "a.ini"\nsql = "b"\n', "sql", "alembic moves the schema already: keep one of them"),
        ('django = "a"\nalembic = "a.ini"\n', "django", "alembic moves the schema already: keep one of them"),
        ('sql = "a"\nsteps = ["b"]\n', "steps", "nothing runs them: say how by command = or python ="),
        ('django = ""\n', "django", "it is empty: name the path of manage.py below each release's source"),
        ('django = "a"\nsteps = ["b"]\n', "steps", "nothing runs them: say how by command = or python ="),
        ('python = "shop"\n', "python", "'shop' is no function in a module, like app.schema:migrate"),
        ('python = "shop:1"\n', "python", "'shop:1' is no function in a module, like app.schema:migrate"),
        ('command = "m"\nsteps = ["a"]\n', "command", "it needs the placeholder {revision}"),
        (
            'alembic = "package:app"\n',
            "alembic",
            "'package:app' is no place in a package, like package:app/migrations/alembic.ini",
        ),
    ],
    ids=slug,
)
def test_migrations_that_cannot_be_run_are_told_why(tmp_path: Path, lines: str, key: str, sentence: str) -> None:
    text = MINIMAL + "[migrations]\n" + lines
    number = NEXT + 1 + [line.split()[0] for line in lines.splitlines()].index(key)
    assert refusal(tmp_path, text) == f"rolldeploy.toml, line {number}, migrations.{key}: {sentence}"


def test_environments_of_packages_and_of_folders(tmp_path: Path) -> None:
    text = edited('source = "git:origin/main"', 'source = "pypi:app==1.0"\nexclude_newer = "2024-01-31"')
    settings = load(tmp_path, text.replace("[old]", 'requirements = ["psycopg", "uvicorn"]\n[old]'))
    assert settings.old.environment == Environment(requirements=("psycopg", "uvicorn"), exclude_newer="2024-01-31")
    assert settings.new.environment is None
    settings = load(tmp_path, text + 'setup = ["make"]\npython_version = "3.12"\n')
    assert settings.new.environment == Environment(setup=("make",), python_version="3.12")
    settings = load(tmp_path, MINIMAL.replace("[old]", 'environment = "uv"\npython = "python3"\n[old]'))
    assert settings.old.environment == settings.new.environment == Environment()


@pytest.mark.parametrize(
    ("lines", "key", "sentence"),
    [
        ('environment = "conda"\n', "environment", "'conda' is not uv, which is all that makes environments"),
        ('requirements = ["a"]\n', "requirements", 'nothing is installed for this release: add environment = "uv"'),
        ('setup = ["a"]\nrequirements = ["-r a"]\n', "requirements", "'-r a' is no requirement like psycopg or"),
        ('setup = ["a"]\nexclude_newer = "May"\n', "exclude_newer", "'May' is none like 2024-01-31 or 2024-"),
        ('setup = ["a"]\npython_version = "new"\n', "python_version", "'new' is none like 3.12"),
        (
            'setup = ["a"]\npython = "python3"\npython_version = "3.12"\n',
            "python_version",
            "python names the interpreter already: leave one of them out",
        ),
    ],
    ids=slug,
)
def test_environments_that_cannot_be_made_are_told_why(tmp_path: Path, lines: str, key: str, sentence: str) -> None:
    number = NEXT + lines.count("\n") - 1
    assert refusal(tmp_path, MINIMAL + lines).startswith(f"rolldeploy.toml, line {number}, new.{key}: {sentence}")


def test_a_package_has_no_folder_for_commands(tmp_path: Path) -> None:
    text = edited('source = "."', 'source = "pypi:app==1.0"\nsetup = ["make"]')
    assert "new.setup: a package has no folder for commands to run in: name what it needs" in refusal(tmp_path, text)


@pytest.mark.parametrize("origin", ["pypi:app==1.0", "image:shop"])
def test_what_is_no_path_has_no_folder_of_its_own(tmp_path: Path, origin: str) -> None:
    text = edited('source = "."', f'source = "{origin}"\nfolder = ".."')
    assert "new.folder: it leads to the code of a path or a commit; a package or an image" in refusal(tmp_path, text)


def test_an_image_is_not_installed_though_the_other_release_may_be(tmp_path: Path) -> None:
    text = edited('source = "git:origin/main"', 'source = "image:registry.example:5000/shop/web@sha256:0a1b"')
    settings = load(tmp_path, text.replace("[old]", 'environment = "uv"\npreload = ["flask"]\n[old]'))
    assert settings.old.source == "image:registry.example:5000/shop/web@sha256:0a1b"
    assert (settings.old.environment, settings.new.environment) == (None, Environment())


@pytest.mark.parametrize(
    ("lines", "key", "sentence"),
    [
        ('source = "image:"\n', "source", "'image:' names no container image, as image:registry.example/app:1.2 does"),
        ('source = "image:a b"\n', "source", "'image:a b' names no container image, as image:registry.example/app"),
        ('source = "image:a:1"\nsetup = ["make"]\n', "setup", "it means nothing for an image, which runs as it is: "),
        ('source = "image:a:1"\npreload = ["os"]\n', "preload", "it means nothing for an image, which runs as it is: "),
        ('source = "git:tag(v*"\n', "source", "'git:tag(v*' does not end with its parenthesis: ) is missing"),
        ('source = "git:merge-base(a"\n', "source", "'git:merge-base(a' does not end with its parenthesis: ) is miss"),
        ('source = "url:http://a:1"\n', "source", "'url:http://a:1' already runs, and the new release, whose migr"),
    ],
    ids=slug,
)
def test_what_is_no_release_is_told_why(tmp_path: Path, lines: str, key: str, sentence: str) -> None:
    number = NEXT + lines.count("\n") - 2
    text = edited('source = "."\n', lines)
    assert refusal(tmp_path, text).startswith(f"rolldeploy.toml, line {number}, new.{key}: {sentence}")


def test_files_of_migrations_are_not_read_out_of_an_image(tmp_path: Path) -> None:
    text = edited('source = "."', 'source = "image:a:1"') + '[migrations]\nsql = "migrations"\n'
    assert f"line {NEXT + 1}, migrations.sql: the files are read from the releases' sources" in refusal(tmp_path, text)


def test_an_expectation_of_an_unknown_actor_is_told_with_the_nearest(tmp_path: Path) -> None:
    sentence = refusal(tmp_path, with_line('expect."0001_first"', 'old-wram = "x"\n'))
    assert sentence.startswith("unknown actor 'old-wram' in [expect.0001_first]: ")
    assert f"rolldeploy.toml, line {NEXT + 1} - did you mean 'old-warm'? (known: mixed, new, " in sentence


@pytest.mark.parametrize("actor", ["control", "zzz"])
def test_an_expectation_of_an_actor_that_cannot_be_expected_to_fail_is_told_who_can(tmp_path: Path, actor: str) -> None:
    sentence = refusal(tmp_path, with_line("expect.rollout", f'{actor} = "x"\n'))
    assert sentence.startswith(f"unknown actor '{actor}' in [expect.rollout]: rolldeploy.toml, line {NEXT + 1}")
    assert "roll-back)" in sentence


@pytest.mark.parametrize("line", ['old-warm = " "\n', 'old-warm = ""\n', 'old-warm = { reason = " " }\n'])
def test_an_expectation_needs_a_reason(tmp_path: Path, line: str) -> None:
    sentence = refusal(tmp_path, with_line('expect."0001"', line))
    assert sentence == (f"rolldeploy.toml, line {NEXT + 1}, expect.0001.old-warm: an expected failure needs a reason")


@pytest.mark.parametrize("status", ["pass", "skipped", "inconclusive"])
def test_no_pass_can_be_expected(tmp_path: Path, status: str) -> None:
    sentence = refusal(tmp_path, with_line('expect."0001"', f'old-warm = {{ reason = "x", status = "{status}" }}\n'))
    assert sentence == f"rolldeploy.toml, line {NEXT + 1}, expect.0001.old-warm: status is fail, transient or untested"


def test_what_becomes_of_a_step_that_nobody_meets_is_one_of_two_words(tmp_path: Path) -> None:
    assert not load(tmp_path, MINIMAL).all_met
    assert load(tmp_path, MINIMAL + '[journeys]\nuntested = "fail"\n').all_met
    sentence = refusal(tmp_path, MINIMAL + '[journeys]\nuntested = "red"\n')
    assert sentence.endswith("journeys.untested: 'red' is none of skip, fail")


def test_what_is_no_toml_is_told_by_file_and_line(tmp_path: Path) -> None:
    sentence = refusal(tmp_path, MINIMAL + "oops\n")
    assert sentence.startswith(f"{tmp_path / 'rolldeploy.toml'} is not valid TOML: ")
    assert f"line {NEXT}" in sentence


def test_a_byte_order_mark_is_told(tmp_path: Path) -> None:
    place = tmp_path / "rolldeploy.toml"
    assert (
        refusal(tmp_path, f"\ufeff{MINIMAL}") == f"{place} begins with a byte order mark: save it as UTF-8 without one"
    )


def test_what_is_no_text_is_told(tmp_path: Path) -> None:
    path = tmp_path / "rolldeploy.toml"
    path.write_bytes(b'name = "\xff"\n')
    with pytest.raises(SettingsError, match="is not valid TOML"):
        load_settings(path, default_name="x")


def test_a_file_that_cannot_be_read_is_told_with_the_reason(tmp_path: Path) -> None:
    path = tmp_path / "rolldeploy.toml"
    with pytest.raises(SettingsError) as caught:
        load_settings(path, default_name="x")
    assert str(caught.value) == f"cannot read {path}: No such file or directory"
    path.mkdir()
    with pytest.raises(SettingsError, match="Is a directory"):
        load_settings(path, default_name="x")


# Where settings are found


def test_the_nearest_settings_are_found(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    assert find_settings(inner, tmp_path) is None
    (tmp_path / "rolldeploy.toml").touch()
    assert find_settings(inner, tmp_path) == tmp_path / "rolldeploy.toml"
    (tmp_path / "a" / "pyproject.toml").write_text("[tool.rolldeploy.old]\n")
    assert find_settings(inner, tmp_path) == tmp_path / "a" / "pyproject.toml"
    (tmp_path / "a" / "rolldeploy.toml").touch()
    assert find_settings(inner, tmp_path) == tmp_path / "a" / "rolldeploy.toml"
    (inner / "rolldeploy.toml").mkdir()
    assert find_settings(inner, tmp_path) == tmp_path / "a" / "rolldeploy.toml"


def test_nothing_is_looked_for_above_the_root_of_the_run(tmp_path: Path) -> None:
    inner = tmp_path / "a"
    inner.mkdir()
    (tmp_path / "rolldeploy.toml").touch()
    assert find_settings(inner, inner) is None


@pytest.mark.parametrize(
    "text",
    [
        "[tool.other]\n",
        "[tool.rolldeployment]\n",
        "# see [tool.rolldeploy] in the manual\n",
        "tool = 'rolldeploy'\n",
        "[tool.rolldeploy\n",
    ],
)
def test_a_pyproject_without_the_table_is_passed_over(tmp_path: Path, text: str) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    assert find_settings(tmp_path, tmp_path) is None


def test_the_tables_that_the_documentation_lists_are_those_that_are_read(tmp_path: Path) -> None:
    for table in set(TABLES) - {"chain"}:
        heading = "[task]" if table == "task" else table
        assert "unknown key 'zzz'" in refusal(tmp_path, with_line(heading, "zzz = 1\n"))
    assert "unknown key 'zzz'" in refusal(tmp_path, MINIMAL + "[[chain]]\nzzz = 1\n")


@pytest.mark.parametrize(
    ("line", "ask"),
    [
        ('ready = { log = "^ready$" }', LogLine("^ready$")),
        ('ready = { command = "python up.py {replica} {private}" }', Command("python up.py {replica} {private}")),
        ('ready = { file = "{private}/ready" }', FileThere("{private}/ready")),
    ],
    ids=slug,
)
def test_whoever_speaks_no_http_is_asked_otherwise(tmp_path: Path, line: str, ask: Ask) -> None:
    assert load(tmp_path, edited('ready = "/readyz"', line)).new.readiness == Probe(ask=ask)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('live = { log = "alive" }', "live.log: a line that was written once does not tell who lives now"),
        ('live = { path = "/", log = "x" }', "live: path and log are two ways to ask: keep one"),
        ('live = { command = "up {prt}" }', "live.command: unknown placeholder {prt}"),
        (
            'live = { file = "/tmp/ready" }',
            "live.file: '/tmp/ready' may be left from another replica: name it {private}/",
        ),
    ],
    ids=slug,
)
def test_a_probe_that_would_tell_nothing_is_refused(tmp_path: Path, line: str, sentence: str) -> None:
    assert f"release.{sentence}" in refusal(tmp_path, edited("[release]\n", f"[release]\n{line}\n"))


def test_a_log_line_is_told_by_a_regular_expression(tmp_path: Path) -> None:
    sentence = refusal(tmp_path, edited('ready = "/readyz"', 'ready = { log = "(" }'))
    assert "release.ready.log: '(' is no regular expression: " in sentence


# One-off tasks

TASK = '[[task]]\nname = "fill"\ncommand = "run {batch}"\nparams = { batch = 5 }\n'


def test_tasks_are_run_in_the_new_release_once_it_alone_serves_unless_told_otherwise(tmp_path: Path) -> None:
    more = '[[task]]\nname = "import"\ncommand = "load"\nrelease = "old"\nwhen = "after_step"\nstep = "0002"\n'
    first, second = load(tmp_path, MINIMAL + TASK + more).tasks
    assert first == Task(name="fill", command="run {batch}", params={"batch": "5"})
    assert (first.release, first.point, first.timeout_s) == (ReleaseName.NEW, Point.AFTER_ROLLOUT, 600.0)
    assert (second.release, second.point, second.step) == (ReleaseName.OLD, Point.AFTER_STEP, "0002")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[[task]]\nname = "a"\n', "line {1}, task.1: object missing required field `command`"),
        ('[[task]]\ncommand = "a"\nname = 1\n', "line {3}, task.1.name: expected `str`, got `int`"),
        (TASK + 'wen = "mixed"\n', "unknown key 'wen' in [task.1]: rolldeploy.toml, line {5} - did you mean 'when'?"),
        (TASK + TASK, "line {6}, task.2.name: there is another task 'fill'"),
        (TASK.replace("fill", "Fill it"), "line {2}, task.1.name: 'Fill it' is no name of a task: up to 30 lower case"),
        (TASK + 'when = "later"\n', "line {5}, task.1.when: 'later' is none of after_step, mixed, after_rollout"),
        (TASK + 'release = "next"\n', "line {5}, task.1.release: 'next' is none of old, new"),
        (TASK + 'when = "after_step"\n', 'task.1.when: step = "..." and when = "after_step" go together'),
        (TASK + 'step = "0002"\n', 'line {5}, task.1.step: step = "..." and when = "after_step" go together'),
        (TASK.replace("5 }", "5, b = [1] }"), "line {4}, task.1.params.b: expected `int | float | str`, got `array`"),
        (TASK + "timeout_s = 0\n", "line {5}, task.1.timeout_s: expected `float` > 0.0"),
        (TASK.replace("{batch}", ""), "task.1.params.batch: the command has no {{batch}} that it could stand for"),
        (TASK.replace("batch = 5", "replica = 5"), "a parameter's name is lower case letters and _, and none of"),
        (
            TASK.replace("{batch}", "{batch} {x}"),
            "line {3}, task.1.command: unknown placeholder {{x}} (known there: batch",
        ),
        (
            '[migrations]\nwhen = "at-boot"\n' + TASK + 'when = "after_step"\nstep = "0002"\n',
            "line {8}, task.1.step: nothing is run between two steps where the first new replica runs all of them",
        ),
    ],
    ids=slug,
)
def test_a_task_that_makes_no_sense_is_told_where(tmp_path: Path, text: str, sentence: str) -> None:
    numbered = re.sub(r"\{(\d+)\}", lambda match: str(NEXT - 1 + int(match[1])), sentence)
    assert numbered.replace("{{", "{").replace("}}", "}") in refusal(tmp_path, MINIMAL + text)


def test_an_unknown_disturbance_of_an_exploration_is_told_with_those_that_there_are(tmp_path: Path) -> None:
    sentence = refusal(tmp_path, with_line("explore", 'disturbances = ["crash", "flood"]\n'))
    assert "'flood' is none of crash, kill-migrator, roll-back, task" in sentence


@pytest.mark.parametrize("line", ["max_examples = 0", "max_steps = 1", "budget_s = 0", "seed = -1"])
def test_an_exploration_that_is_none_is_refused(tmp_path: Path, line: str) -> None:
    assert line.partition(" ")[0] in refusal(tmp_path, with_line("explore", f"{line}\n"))
