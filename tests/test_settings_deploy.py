"""``[deploy]``: what stands in the deployment's own file is beneath the settings, told, and refused in one sentence."""

from __future__ import annotations

import builtins
import copy
import io
import itertools
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

import harness.settings_deploy
from harness.config import load_settings
from harness.deploy.yaml_text import Table
from harness.errors import SettingsError
from harness.model.release import Command, HttpGet, Probe
from harness.model.rollout import Drain, Kind, Strategy, When
from harness.settings_deploy import read_stdin, render_open, render_read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.model.settings import Settings

SAMPLES = Path(__file__).parent / "deploy" / "samples"
SOURCES = '[old]\nsource = "git:origin/main"\n[new]\nsource = "."\n'
DEPLOYMENT = """\
kind: Deployment
metadata: {name: shop}
spec:
  replicas: 3
  strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}
  minReadySeconds: 5
  progressDeadlineSeconds: 90
  template:
    spec:
      terminationGracePeriodSeconds: 20
      containers:
      - name: shop
        command: [uvicorn, "shop:app", --port, "8000"]
        env:
        - {name: DATABASE_URL, value: "postgresql+psycopg://u:p@db/shop"}
        - {name: LEVEL, value: info}
        - {name: TOKEN, valueFrom: {secretKeyRef: {name: s, key: t}}}
        readinessProbe: {httpGet: {path: /readyz, port: 8000}, periodSeconds: 5}
        livenessProbe: {tcpSocket: {port: 8000}}
"""


def load(folder: Path, deploy: str = 'from_kubernetes = "deploy.yaml"', more: str = "", **files: str) -> Settings:
    for name, text in {"deploy.yaml": DEPLOYMENT, **files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "rolldeploy.toml").write_text(f"{SOURCES}[deploy]\n{deploy}\n{more}", encoding="utf-8")
    return load_settings(folder / "rolldeploy.toml", default_name="shop")


def refusal(folder: Path, deploy: str, more: str = "", **files: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load(folder, deploy, more, **files)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def lines(settings: Settings) -> str:
    assert settings.read_from is not None
    return "\n".join((*render_read(settings.read_from), *render_open(settings.read_from)))


def test_a_deployment_is_all_that_the_settings_need_beside_the_sources(tmp_path: Path) -> None:
    settings = load(tmp_path)
    assert settings.strategy == Strategy(
        kind=Kind.ROLLING,
        replicas=3,
        max_surge="1",
        max_unavailable="0",
        min_ready_s=5,
        progress_deadline_s=90,
        drain=Drain.AFTER,
    )
    for release in settings.releases.values():
        assert release.serve == "uvicorn shop:app --port {port}"
        assert release.readiness == Probe(ask=HttpGet("/readyz"), period_s=5)
        assert release.liveness is not None
        assert isinstance(release.liveness.ask, Command)
        assert release.env == {
            "DATABASE_URL": "postgresql+psycopg://{user}:{password}@{host}:{port}/{database}",
            "LEVEL": "info",
        }
        assert release.grace_s == 20


def test_what_the_settings_say_wins_and_that_is_told(tmp_path: Path) -> None:
    more = """
[release]
ready = "/up"
[release.env]
LEVEL = "debug"
TOKEN = "{secret:token}"
[strategy]
replicas = 2
"""
    settings = load(tmp_path, more=more)
    assert settings.old.readiness == Probe(ask=HttpGet("/up"))
    assert settings.old.env["LEVEL"] == "debug"
    assert settings.old.env["DATABASE_URL"].startswith("postgresql+psycopg://{user}")
    assert (settings.strategy.replicas, settings.strategy.max_surge) == (2, "1")
    shown = lines(settings)
    assert "[strategy] replicas = 3 (deploy.yaml, line 4), but the settings say otherwise" in shown
    assert '[strategy] max_surge = "1" (deploy.yaml, line 5)\n' in shown
    assert "TOKEN" not in shown


def test_what_one_release_says_wins_for_that_one(tmp_path: Path) -> None:
    settings = load(tmp_path, more='[old.env]\nLEVEL = "debug"\n')
    assert (settings.old.env["LEVEL"], settings.new.env["LEVEL"]) == ("debug", "info")
    assert "LEVEL (deploy.yaml, line 16)\n" in lines(settings)
    both = load(tmp_path, more='[old.env]\nTOKEN = "a"\n[new.env]\nTOKEN = "b"\n')
    assert "TOKEN" not in lines(both)


def test_what_was_read_is_told_and_what_was_not_understood_is_listed(tmp_path: Path) -> None:
    shown = lines(load(tmp_path)).splitlines()
    assert shown[0] == "rolldeploy: settings from deploy.yaml (Deployment shop)"
    assert '  [release] ready = { path = "/readyz", period_s = 5 } (deploy.yaml, line 18)' in shown
    assert "  [release.env] LEVEL (deploy.yaml, line 16)" in shown, "a value may be a secret"
    assert any(
        line.startswith("rolldeploy: not understood: deploy.yaml, line 17: variable TOKEN is kept in") for line in shown
    )
    assert any("say when = under [migrations]" in line for line in shown)


def test_init_containers_are_told_beside_the_one_that_migrates(tmp_path: Path) -> None:
    others = "{name: wait, command: [sh, -c, 'until nc -z db 5432; do sleep 1; done']}"
    before = f"      initContainers: [{{name: migrate, command: [alembic, upgrade, head]}}, {others}]\n"
    text = DEPLOYMENT.replace("      containers:\n", f"{before}      containers:\n")
    settings = load(tmp_path, **{"deploy.yaml": text})
    assert settings.new.boot == "alembic upgrade head"
    assert "the init container wait ('sh -c until nc" in lines(settings)
    by_hand = load(tmp_path, more='[release]\nboot = "prepare"\n', **{"deploy.yaml": text})
    assert "the init container wait" not in lines(by_hand)


def test_a_probe_that_is_not_understood_is_named_where_it_is_missed(tmp_path: Path) -> None:
    text = DEPLOYMENT.replace("{httpGet: {path: /readyz, port: 8000}, periodSeconds: 5}", "{grpc: {port: 8000}}")
    said = refusal(tmp_path, 'from_kubernetes = "deploy.yaml"', **{"deploy.yaml": text})
    assert said.startswith(
        'rolldeploy.toml says nothing of old.ready: add e.g. ready = "/readyz" under [old] or [release]'
    )
    assert "; deploy.yaml, line 18: readinessProbe asks in a way that is not understood (grpc)" in said


def test_another_tool_of_the_settings_wins_over_the_one_that_was_read(tmp_path: Path) -> None:
    text = DEPLOYMENT + "---\n" + JOB.replace("[alembic, upgrade, head]", "[python, manage.py, migrate]")
    assert load(tmp_path, **{"deploy.yaml": text}).migrations.django == "manage.py"
    settings = load(tmp_path, more='[migrations]\nsql = "schema"\n', **{"deploy.yaml": text})
    assert (settings.migrations.sql, settings.migrations.django) == ("schema", None)
    assert '[migrations] django = "manage.py" (deploy.yaml, line 21), but the settings say otherwise' in lines(settings)


def test_without_a_file_nothing_is_told(tmp_path: Path) -> None:
    text = SOURCES + '[release]\nserve = "run {port}"\nready = "/"\n'
    (tmp_path / "rolldeploy.toml").write_text(text)
    assert load_settings(tmp_path / "rolldeploy.toml", default_name="shop").read_from is None


def test_a_value_that_has_no_meaning_is_told_with_the_line_of_its_own_file(tmp_path: Path) -> None:
    migrating = DEPLOYMENT.replace(
        "      containers:",
        "      initContainers: [{name: m, command: [alembic, -c, 'package:1/x', upgrade, head]}]\n      containers:",
    )
    sentence = refusal(tmp_path, 'from_kubernetes = "deploy.yaml"', **{"deploy.yaml": migrating})
    assert sentence.startswith("deploy.yaml, line 11, migrations.alembic: 'package:1/x' is no place in a package")


JOB = """\
kind: Job
metadata: {name: m, annotations: {helm.sh/hook: post-upgrade}}
spec: {template: {spec: {containers: [{name: m, command: [alembic, upgrade, head]}]}}}
"""


@pytest.mark.parametrize("value", ['["deploy.yaml", "k8s/job.yaml"]', '"k8s"'])
def test_several_files_and_a_folder_are_read_together(tmp_path: Path, value: str) -> None:
    files = {"k8s/job.yaml": JOB, "k8s/README.md": "no: [yaml", "k8s/web.yml": DEPLOYMENT}
    settings = load(tmp_path, f"from_kubernetes = {value}", **files)
    assert settings.migrations.when is When.AFTER
    assert "job.yaml, line 2; the Job m is a hook: post-upgrade" in lines(settings)


def test_standard_input_is_read_where_a_dash_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(DEPLOYMENT + "---\n" + JOB))
    settings = load(tmp_path, 'from_kubernetes = "-"')
    assert settings.strategy.replicas == 3
    assert "settings from standard input (Deployment shop)" in lines(settings)
    assert "(standard input, line 4)" in lines(settings)


@pytest.mark.parametrize("stdin", [None, "terminal"])
def test_nothing_piped_in_is_told(stdin: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Terminal() if stdin else None)
    with pytest.raises(SettingsError, match=re.escape("helm template CHART | pytest, or name a file")):
        read_stdin()


def test_a_procfile(tmp_path: Path) -> None:
    text = "web: uvicorn shop:app --port $PORT\nrelease: alembic upgrade head\n"
    settings = load(tmp_path, 'from_procfile = "Procfile"', '[release]\nready = "/"\n', Procfile=text)
    assert settings.new.serve == "uvicorn shop:app --port {port}"
    assert settings.migrations.when is When.BEFORE


def test_docker_compose(tmp_path: Path) -> None:
    text = """\
services:
  web:
    command: uvicorn shop:app --port 8000
    healthcheck: {test: [CMD, curl, -f, "http://localhost:8000/readyz"]}
"""
    settings = load(tmp_path, 'from_compose = "compose.yaml"', **{"compose.yaml": text})
    assert settings.new.readiness == Probe(ask=HttpGet("/readyz"), period_s=30, timeout_s=30, failure_threshold=3)


# Bad input


@pytest.mark.parametrize(
    ("deploy", "sentence"),
    [
        ("", "line 5, deploy: it takes one of from_kubernetes, from_procfile, from_compose"),
        ('name = "shop"', "it takes one of from_kubernetes, from_procfile, from_compose"),
        (
            'from_kubernetes = "a"\nfrom_compose = "b"',
            "line 7, deploy.from_compose: it takes one of from_kubernetes, from_procfile, from_compose, and not from_",
        ),
        ('from_procfile = "P"\ncontainer = "c"', "container is one of a Deployment's: it goes with from_kubernetes"),
        ("from_kubernetes = 3", "line 6, deploy.from_kubernetes"),
        ('from_kubernets = "a"', "did you mean 'from_kubernetes'?"),
        (
            'from_kubernetes = "deploy.yml"',
            "line 6, deploy.from_kubernetes: cannot read {folder}/deploy.yml: No such file",
        ),
        (
            'from_compose = "compose.yaml"',
            "line 6, deploy.from_compose: cannot read {folder}/compose.yaml: No such file",
        ),
        ('from_kubernetes = "empty"', "the folder {folder}/empty has no file *.yaml: name the one with the Deployment"),
        ('from_kubernetes = "rolldeploy.toml"', "line 6, deploy.from_kubernetes: rolldeploy.toml"),
        ('from_kubernetes = "service.yaml"', "service.yaml has no Deployment (it has Service): name the file with"),
        (
            'from_kubernetes = "broken.yaml"',
            "line 6, deploy.from_kubernetes: broken.yaml, line 3: this is no YAML (while parsing a flow node",
        ),
        (
            'from_kubernetes = "template.yaml"',
            "a Helm template has to be rendered first: helm template CHART | pytest, with from_kubernetes = ",
        ),
        ('from_kubernetes = "tagged.yaml"', "tagged.yaml, line 1: this is no YAML (could not determine a constructor"),
        ('from_kubernetes = "binary.yaml"', "cannot read {folder}/binary.yaml: it is no UTF-8 text"),
    ],
)
def test_a_bad_file_is_told_with_its_place_and_the_remedy(tmp_path: Path, deploy: str, sentence: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    files = {
        "service.yaml": "kind: Service\nmetadata: {name: shop}\n",
        "broken.yaml": "kind: Deployment\nspec: {a: 1,\n  b: ]\n",
        "template.yaml": "kind: Deployment\nspec:\n  replicas: {{ .Values.replicas }}\n",
        "tagged.yaml": "a: !reset null\n",
    }
    told = refusal(tmp_path, deploy, **files)
    assert sentence.replace("{folder}", str(tmp_path)) in told
    assert told.startswith(("rolldeploy.toml, line ", "unknown key"))


def test_a_missing_library_is_told_with_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refuse(name: str, *rest: Any, **more: Any) -> Any:
        if name == "yaml":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.delitem(sys.modules, "yaml", raising=False)
    monkeypatch.setattr(builtins, "__import__", refuse)
    sentence = refusal(tmp_path, 'from_kubernetes = "deploy.yaml"')
    assert (
        'reading deploy.yaml needs PyYAML: pip install "pytest-rolldeploy[deploy]", or write its settings' in sentence
    )


# Files as they are met


def test_the_output_of_a_public_chart(tmp_path: Path) -> None:
    text = (SAMPLES / "chart.yaml").read_text()
    more = '[release]\nserve = "uvicorn toolbox:app --port {port}"\n[release.env]\nMODEL_API_KEY = "none"\n'
    settings = load(tmp_path, more=more, **{"deploy.yaml": text})
    assert settings.strategy.replicas == 2, "the autoscaler's lower bound"
    assert settings.new.readiness == Probe(ask=HttpGet("/health"), period_s=30, timeout_s=10, initial_delay_s=30)
    assert settings.new.env["DATABASE_URL"] == "postgresql+psycopg2://{user}:{password}@{host}:{port}/{database}"
    assert settings.read_from is not None
    assert len(settings.read_from.open) == 2
    assert "the Job migrations, post-install runs 'curl -X POST" in lines(settings)
    assert "changeme" not in lines(settings)
    assert "k-1" not in lines(settings)
    assert "no part of a rehearsal: " in lines(settings)


def test_the_deployment_of_a_public_course(tmp_path: Path) -> None:
    text = (SAMPLES / "course.yaml").read_text()
    settings = load(tmp_path, more='[release]\nready = "/api/v1/health"\n', **{"deploy.yaml": text})
    assert settings.new.boot == "alembic upgrade head"
    assert settings.new.serve == "uvicorn books.main:app --host 0.0.0.0 --port {port}"
    assert settings.migrations.when is When.AT_BOOT
    assert dict(settings.new.env) == {
        "DATABASE_HOST": "{host}",
        "DATABASE_PORT": "{port}",
        "DATABASE_NAME": "{database}",
        "DATABASE_USER": "{user}",
        "DATABASE_PASSWORD": "{password}",
    }
    assert settings.strategy.replicas == 1
    assert settings.read_from is not None
    assert settings.read_from.open == ()


# Whatever stands there


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a document."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*path, key))


def put(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy of a document with something else at one place."""
    if not path:
        return value
    changed = copy.copy(document)
    changed[path[0]] = put(document[path[0]], path[1:], value)
    return changed


def tables(value: Any) -> Any:
    """A document as it comes out of a file; parsing thousands of texts would take minutes."""
    if isinstance(value, list):
        return [tables(item) for item in value]
    if not isinstance(value, dict):
        return value
    table = Table("deploy.yaml, line 1", {})
    table.update({key: tables(item) for key, item in value.items()})
    return table


ODD: list[Any] = [None, -1, 1.5, True, "{{x}}", [], {}, [None], {"name": ["x"]}]
COMPOSE = """\
services:
  web:
    build: .
    command: [sh, -c, "alembic upgrade head && uvicorn shop:app --port $PORT"]
    environment: {A: b, DATABASE_URL: "postgresql://u:${P:-p}@db/d"}
    env_file: .env
    ports: ["80:8000", {target: 9000}]
    volumes: ["./a:/data", {type: volume, target: /b}]
    healthcheck: {test: [CMD-SHELL, "curl http://localhost:8000/r"], interval: 5s, retries: 2, start_period: 3s}
    depends_on: {migrate: {condition: service_completed_successfully}}
    deploy: {replicas: 2, update_config: {parallelism: 1, order: start-first}}
    stop_grace_period: 5s
  migrate: {build: ., command: alembic upgrade head, environment: [A=b, C]}
"""


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("from_kubernetes", DEPLOYMENT + "---\n" + JOB),
        ("from_kubernetes", (SAMPLES / "chart.yaml").read_text()),
        ("from_kubernetes", (SAMPLES / "course.yaml").read_text()),
        ("from_compose", COMPOSE),
    ],
    ids=["deployment", "chart", "course", "compose"],
)
def test_whatever_stands_at_any_place_is_read_or_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, text: str
) -> None:
    documents = list(yaml.safe_load_all(text))
    given: list[Any] = []
    monkeypatch.setattr(harness.settings_deploy, "parse_yaml", lambda *_: tables(given))
    refused = []
    for index, odd in itertools.product(range(len(documents)), ODD):
        for path in places(documents[index]):
            given[:] = [*documents[:index], put(documents[index], path, odd), *documents[index + 1 :]]
            try:
                load(tmp_path, f'{key} = "deploy.yaml"')
            except SettingsError as error:
                refused.append(str(error))
    assert refused
    assert not [sentence for sentence in refused if "\n" in sentence]
