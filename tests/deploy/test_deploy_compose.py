"""Files of docker-compose as settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from harness.deploy.compose import interpolate, read_compose
from harness.deploy.yaml_text import parse_yaml
from harness.errors import SettingsError

if TYPE_CHECKING:
    from harness.deploy.given import Given

LEAST = """\
services:
  web:
    build: .
    command: uvicorn shop.main:app --host 0.0.0.0 --port 8000
    ports: ["8080:8000"]
"""
HEALTH = '    healthcheck: {test: [CMD, curl, -f, "http://localhost:8000/readyz"]'


def read(text: str, name: str | None = None) -> Given:
    return read_compose(parse_yaml(text, "compose.yaml"), "compose.yaml", name)


def values(given: Given) -> dict[str, Any]:
    return {".".join(value.path): value.value for value in given.values}


def told(given: Given) -> str:
    return "\n".join(f"{item.where}: {item.sentence}" for item in given.open)


def service(line: str) -> str:
    return f"{LEAST}    {line}\n"


def test_the_least() -> None:
    given = read(LEAST)
    assert given.what == "compose.yaml (service web)"
    assert values(given) == {
        "release.serve": "uvicorn shop.main:app --host 0.0.0.0 --port {port}",
        "release.grace_s": 10,
    }
    assert "the service has no healthcheck" in told(given)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("}", {"path": "/readyz", "period_s": 30, "timeout_s": 30, "failure_threshold": 3}),
        (", interval: 5s, timeout: 500ms, retries: 5}", {"period_s": 5, "timeout_s": 0.5, "failure_threshold": 5}),
        (", interval: 1m30s}", {"period_s": 90}),
    ],
)
def test_a_healthcheck_is_readiness(more: str, expected: dict[str, Any]) -> None:
    assert values(read(LEAST + HEALTH + more))["release.ready"].items() >= expected.items()


def test_a_start_period_is_time_to_come_up() -> None:
    given = read(LEAST + HEALTH + ", start_period: 40s, interval: 10s, retries: 2}")
    assert values(given)["release.start_timeout_s"] == 60


def test_other_questions_are_asked_by_their_command() -> None:
    shell = service('healthcheck: {test: "python ping.py 8000 || exit 1"}')
    assert values(read(shell))["release.ready"]["command"] == "sh -c 'python ping.py {port} || exit 1'"
    shell = service('healthcheck: {test: [CMD-SHELL, "python ping.py"]}')
    assert values(read(shell))["release.ready"]["command"] == "sh -c 'python ping.py'"
    assert "release.ready" not in values(read(service("healthcheck: {test: [NONE]}")))
    assert "release.ready" not in values(read(service("healthcheck: {disable: true}")))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("environment: {LEVEL: info, COUNT: 3}", {"release.env.LEVEL": "info", "release.env.COUNT": "3"}),
        ("environment: [LEVEL=info, A=b=c]", {"release.env.LEVEL": "info", "release.env.A": "b=c"}),
        ("environment: ['LEVEL=${LEVEL:-info}']", {"release.env.LEVEL": "info"}),
        (
            "environment: {DATABASE_URL: 'postgresql+asyncpg://${U:-u}:${P}@db:5432/${D}'}",
            {"release.env.DATABASE_URL": "postgresql+asyncpg://{user}:{password}@{host}:{port}/{database}"},
        ),
        ("stop_grace_period: 1m", {"release.grace_s": 60}),
        ("scale: 3", {"strategy.replicas": 3}),
        ("deploy: {replicas: 4}", {"strategy.replicas": 4}),
        ("deploy: {update_config: {parallelism: 2}}", {"strategy.max_surge": "0", "strategy.max_unavailable": "2"}),
        (
            "deploy: {update_config: {order: start-first}}",
            {"strategy.max_surge": "1", "strategy.max_unavailable": "0"},
        ),
    ],
)
def test_what_a_service_says(line: str, expected: dict[str, Any]) -> None:
    assert values(read(service(line))).items() >= expected.items()


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("environment: [TOKEN]", "variable TOKEN is kept in the variable TOKEN of whoever starts the services"),
        ("environment: {A: '${TOKEN}'}", "variable A is kept in the variable TOKEN of whoever"),
        ("environment: {REDIS_URL: 'redis://redis'}", "REDIS_URL is not taken over: it names a server"),
        ("env_file: .env", "env_file .env is not read"),
        ("env_file: [a.env, b.env]", "env_file a.env, b.env is not read"),
        ("extends: {service: base}", "services.web.extends is not understood"),
        ("stop_grace_period: soon", "stop_grace_period is 'soon', no duration like 1m30s"),
    ],
)
def test_what_is_not_understood_is_told(line: str, sentence: str) -> None:
    assert sentence in told(read(service(line)))


def test_a_service_that_its_image_starts_needs_a_command_in_the_settings() -> None:
    text = LEAST.replace("    command: uvicorn shop.main:app --host 0.0.0.0 --port 8000\n", "")
    assert "the service has no command" in told(read(text))


def test_a_shell_is_in_the_command_or_nowhere() -> None:
    text = LEAST.replace(
        "uvicorn shop.main:app --host 0.0.0.0 --port 8000",
        'sh -c "alembic upgrade head && uvicorn shop.main:app --port 8000 --reload"',
    )
    given = values(read(text))
    assert given["release.boot"] == "alembic upgrade head"
    assert given["release.serve"] == "uvicorn shop.main:app --port {port}"
    assert given["migrations.when"] == "at-boot"


MIGRATE = "  migrate:\n    build: .\n    command: [alembic, -c, db/a.ini, upgrade, head]\n"


def test_a_service_that_has_to_end_well_first_migrates_before() -> None:
    needs = service("depends_on: {migrate: {condition: service_completed_successfully}, db: {condition: x}}")
    given = read(needs + MIGRATE + "  db: {image: 'postgres:17'}\n")
    assert values(given)["migrations.when"] == "before"
    assert values(given)["migrations.alembic"] == "db/a.ini"
    assert "migrate" not in told(given)


@pytest.mark.parametrize("needs", ["depends_on: [migrate]", "depends_on: {migrate: {condition: service_started}}"])
def test_a_service_that_nobody_waits_for_to_end_says_nothing_of_when(needs: str) -> None:
    given = read(service(needs) + MIGRATE)
    assert "migrations.when" not in values(given)
    assert "line 7: the service migrate migrates, and this one does not wait for it to end well" in told(given)


def test_common_parts_are_merged() -> None:
    text = "x-common: &common\n  environment: &env {LEVEL: info}\n" + LEAST.replace("build: .", "<<: *common")
    assert values(read(text))["release.env.LEVEL"] == "info"


def test_the_application_is_told_from_its_servers() -> None:
    others = "".join(
        f"  s{number}: {{image: '{image}', ports: ['1:1']}}\n"
        for number, image in enumerate(["postgres:17", "docker.io/redis", "pgvector/pgvector:pg17", "nginx:1-alpine"])
    )
    assert read(LEAST + others + "  worker: {build: ., command: celery}\n").what == "compose.yaml (service web)"


def test_a_service_that_migrates_and_then_serves_is_one() -> None:
    command = "sh -c 'alembic upgrade head && uvicorn app:app --port 8000'"
    given = read(f"services: {{db: {{image: postgres}}, api: {{build: ., command: {command!r}}}}}")
    assert given.what == "compose.yaml (service api)"
    assert values(given)["migrations.when"] == "at-boot"


def test_a_service_that_migrates_beside_the_one_that_serves_is_told() -> None:
    command = "sh -c 'alembic upgrade head && celery worker'"
    given = read(f"{LEAST}  worker: {{build: ., command: {command!r}}}\n")
    assert "the service worker is not rehearsed" in told(given)


@pytest.mark.parametrize(
    ("text", "name", "sentence"),
    [
        ("", None, "compose.yaml has no services: name a file of docker-compose"),
        ("services: 3", None, "compose.yaml has no services"),
        ("services: {db: {image: postgres}}", None, "compose.yaml has no service of your own (known: db)"),
        ("services: {a: {build: .}, b: {build: .}}", None, 'several services (a, b): say which, by name = "a"'),
        (LEAST, "wbe", "compose.yaml has no service 'wbe' (known: web): correct name under [deploy]"),
    ],
)
def test_what_cannot_be_meant_is_refused(text: str, name: str | None, sentence: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(text, name)
    assert sentence in str(caught.value)


def test_variables_are_put_into_texts() -> None:
    assert interpolate("$$A ${B-b} ${C:-} $D ${E:?no}") == ("$A b  $D ${E:?no}", ("D", "E"))
