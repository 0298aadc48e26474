"""Kubernetes' objects as settings: what is taken, by which rule, and what is told of the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from harness.deploy.kubernetes import Choice, read_kubernetes
from harness.deploy.probes import CONNECT
from harness.deploy.yaml_text import parse_yaml
from harness.errors import SettingsError
from harness.secrets import Redactor

if TYPE_CHECKING:
    from harness.deploy.given import Given

#: The least that Kubernetes takes; lines are counted from the first one on.
LEAST = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
spec:
  template:
    spec:
      containers:
      - name: shop
        command: [uvicorn, "shop.main:app", --port, "8000"]
        readinessProbe:
          httpGet: {path: /readyz, port: 8000}
"""
PORTS = "        ports: [{containerPort: 8000, name: http}, {containerPort: 9000, name: metrics}]\n"


def read(text: str, **choice: str) -> Given:
    return read_kubernetes(parse_yaml(text, "deploy.yaml"), "deploy.yaml", Choice(**choice))


def values(given: Given) -> dict[str, Any]:
    return {".".join(value.path): value.value for value in given.values}


def told(given: Given) -> str:
    return "\n".join(f"{item.where}: {item.sentence}" for item in given.open)


def spec(line: str) -> str:
    """The least, with a line in the Deployment's ``spec``."""
    return LEAST.replace("spec:\n  template", f"spec:\n{line}\n  template")


def container(line: str) -> str:
    return LEAST + f"        {line}\n"


def pod(line: str) -> str:
    return LEAST.replace("      containers", f"      {line}\n      containers")


def test_where_nothing_is_said_kubernetes_defaults_hold() -> None:
    given = read(LEAST)
    assert given.what == "deploy.yaml (Deployment shop)"
    assert values(given) == {
        "release.serve": "uvicorn shop.main:app --port {port}",
        "release.ready": {"path": "/readyz"},
        "release.grace_s": 30,
        "strategy.replicas": 1,
        "strategy.kind": "rolling",
        "strategy.max_surge": "25%",
        "strategy.max_unavailable": "25%",
        "strategy.drain": "after",
    }
    assert [item.unless for item in given.open] == [("migrations", "when")]


def test_every_value_has_its_line() -> None:
    where = {".".join(value.path): value.where for value in read(spec("  replicas: 4")).values}
    assert where["strategy.replicas"] == "deploy.yaml, line 6"
    assert where["release.serve"] == "deploy.yaml, line 11"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("  replicas: 4", {"strategy.replicas": 4}),
        ("  minReadySeconds: 5", {"strategy.min_ready_s": 5}),
        ("  progressDeadlineSeconds: 120", {"strategy.progress_deadline_s": 120}),
        ("  strategy: {type: Recreate}", {"strategy.kind": "recreate"}),
        ("  strategy: {type: Recreate, rollingUpdate: null}", {"strategy.kind": "recreate"}),
        ("  strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}", {"strategy.max_surge": "1"}),
        ("  strategy: {rollingUpdate: {maxSurge: 50%}}", {"strategy.max_surge": "50%"}),
    ],
)
def test_how_replicas_are_replaced(line: str, expected: dict[str, Any]) -> None:
    assert values(read(spec(line))).items() >= expected.items()


def test_a_deadline_that_stands_for_none_is_none() -> None:
    assert "strategy.progress_deadline_s" not in values(read(spec("  progressDeadlineSeconds: 2147483647")))


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("  replicas: 0", "line 6: replicas: 0, and nobody would serve: say replicas = under [strategy]"),
        ("  replicas: many", "spec.replicas is 'many', no number from 0 on"),
        ("  paused: true", "line 6: spec.paused is not understood"),
        ("  strategy: {type: BlueGreen}", "the strategy 'BlueGreen' is none of RollingUpdate and Recreate"),
        ("  strategy: {rollingUpdate: {maxSurge: lots}}", "maxSurge is 'lots', neither a number nor a percentage"),
        ("  strategy: Recreate", "spec.strategy is no mapping: it is left out"),
    ],
)
def test_what_means_nothing_here_is_told(line: str, sentence: str) -> None:
    assert sentence in told(read(spec(line)))


def test_replicas_that_are_no_number_are_not_told_as_none_as_well() -> None:
    assert "nobody would serve" not in told(read(spec("  replicas: two")))


def test_an_autoscaler_says_how_many_there_are_at_least() -> None:
    scaler = """\
---
kind: HorizontalPodAutoscaler
metadata: {name: shop}
spec:
  scaleTargetRef: {kind: Deployment, name: shop}
  minReplicas: 3
"""
    assert values(read(LEAST + scaler))["strategy.replicas"] == 3
    assert values(read(spec("  replicas: 2") + scaler))["strategy.replicas"] == 2
    assert values(read(LEAST + scaler.replace("name: shop}\n  min", "name: other}\n  min")))["strategy.replicas"] == 1


# Probes


@pytest.mark.parametrize(
    ("probe", "expected"),
    [
        ("{httpGet: {path: /r, port: 8000}, periodSeconds: 5, timeoutSeconds: 2}", {"period_s": 5, "timeout_s": 2}),
        ("{httpGet: {path: /r, port: 8000}, failureThreshold: 1, successThreshold: 2}", {"success_threshold": 2}),
        ("{httpGet: {path: /r, port: 8000}, initialDelaySeconds: 7}", {"path": "/r", "initial_delay_s": 7}),
        ("{httpGet: {path: r, port: 8000}}", {"path": "/r"}),
        ("{exec: {command: [python, -m, shop.ping]}}", {"command": "python -m shop.ping"}),
        ("{exec: {command: [sh, -c, 'curl -f http://localhost:8000/h || exit 1']}}", {"path": "/h"}),
        ("{exec: {command: [curl, 'http://localhost:9000/h']}}", {"command": "curl http://localhost:9000/h"}),
        ("{exec: {command: [echo, '{x}']}}", {"command": "echo {{x}}"}),
        ("{tcpSocket: {port: 8000}}", {"command": CONNECT}),
    ],
)
def test_a_probe_is_a_question_with_kubernetes_numbers(probe: str, expected: dict[str, Any]) -> None:
    text = LEAST[: LEAST.index("        readinessProbe")] + PORTS + f"        readinessProbe: {probe}\n"
    assert values(read(text))["release.ready"].items() >= expected.items()


@pytest.mark.parametrize(
    ("probe", "sentence"),
    [
        ("{grpc: {port: 8000}}", "readinessProbe asks in a way that is not understood (grpc)"),
        ("{httpGet: {path: /, port: metrics}}", "readinessProbe asks another port (metrics) than the one"),
        ("{httpGet: {path: /, port: 8000, scheme: HTTPS}}", "readinessProbe asks by HTTPS"),
        ("{httpGet: {path: /, port: 8000, httpHeaders: [{name: Host}]}}", "readinessProbe sends httpHeaders"),
    ],
)
def test_a_question_that_cannot_be_asked_is_told(probe: str, sentence: str) -> None:
    text = LEAST[: LEAST.index("        readinessProbe")] + PORTS + f"        readinessProbe: {probe}\n"
    assert sentence in told(read(text))


def test_a_startup_probe_gives_the_time_to_come_up() -> None:
    given = read(
        container("startupProbe: {httpGet: {path: /readyz, port: 8000}, failureThreshold: 30, periodSeconds: 2}")
    )
    assert values(given)["release.start_timeout_s"] == 60
    assert "startupProbe" not in told(given)


def test_a_startup_probe_is_what_is_asked_before_liveness() -> None:
    given = read(container("startupProbe: {httpGet: {path: /up, port: 8000}, failureThreshold: 30, periodSeconds: 2}"))
    assert values(given)["release.startup"] == {"path": "/up", "failure_threshold": 30, "period_s": 2}
    unknown = read(container("startupProbe: {grpc: {port: 9000}}"))
    assert ("release", "startup") in {item.unless for item in unknown.open}


def test_without_readiness_a_container_is_ready_once_it_has_started() -> None:
    text = LEAST.replace("readinessProbe", "startupProbe")
    assert values(read(text))["release.ready"] == {"path": "/readyz"}


def test_without_any_probe_the_settings_have_to_say_it() -> None:
    text = LEAST[: LEAST.index("        readinessProbe")]
    given = read(text)
    assert "release.ready" not in values(given)
    assert "there is no readinessProbe: Kubernetes sends requests as soon as the container runs" in told(given)
    assert ("release", "ready") in {item.unless for item in given.open}


def test_liveness() -> None:
    given = read(container("livenessProbe: {httpGet: {path: /livez, port: 8000}, failureThreshold: 5}"))
    assert values(given)["release.live"] == {"path": "/livez", "failure_threshold": 5}


# The end of a Pod


@pytest.mark.parametrize(
    ("hook", "drain", "grace"),
    [
        ("{sleep: {seconds: 10}}", "before", 20),
        ("{exec: {command: [sleep, '10']}}", "before", 20),
        ("{exec: {command: [/bin/sh, -c, 'sleep 10']}}", "before", 20),
        ("{exec: {command: [sh, -c, 'sleep 60']}}", "before", 2),
    ],
)
def test_a_hook_that_sleeps_drains_first_and_takes_its_time_from_the_grace(hook: str, drain: str, grace: float) -> None:
    given = read(container(f"lifecycle: {{preStop: {hook}}}"))
    assert (values(given)["strategy.drain"], values(given)["release.grace_s"]) == (drain, grace)
    assert "preStop" not in told(given)


@pytest.mark.parametrize(
    ("hook", "drain"),
    [
        ("{exec: {command: [sh, -c, 'sleep 5 && nginx -s quit']}}", "before"),
        ("{exec: {command: [nginx, -s, quit]}}", "after"),
        ("{httpGet: {path: /stop, port: 8000}}", "after"),
    ],
)
def test_another_hook_is_told(hook: str, drain: str) -> None:
    given = read(container(f"lifecycle: {{preStop: {hook}}}"))
    assert values(given)["strategy.drain"] == drain
    assert "the preStop hook is not run: only its sleep counts" in told(given)


def test_a_hook_at_the_start_is_told() -> None:
    assert "lifecycle.postStart is not understood" in told(read(container("lifecycle: {postStart: {exec: {}}}")))


def test_the_grace_period() -> None:
    assert values(read(pod("terminationGracePeriodSeconds: 45")))["release.grace_s"] == 45


# Commands and variables


def test_arguments_follow_the_command_and_variables_are_put_in() -> None:
    text = LEAST.replace('--port, "8000"]', "--port, $(WEB_PORT)]\n        args: [--log-level, $(LEVEL), $$(X)]")
    given = read(text + "        env: [{name: LEVEL, value: info}, {name: WEB_PORT, value: '8000'}]\n")
    serve = "uvicorn shop.main:app --port {port} --log-level info '$(X)'"
    assert values(given)["release.serve"] == serve


def test_a_variable_of_a_secret_in_a_command_is_told() -> None:
    text = LEAST.replace('"8000"]', '"8000", --token, $(TOKEN)]')
    secret = "        env: [{name: TOKEN, valueFrom: {secretKeyRef: {name: shop, key: token}}}]\n"
    assert "line 10: the command needs TOKEN, which is not known here" in told(read(text + secret))


def test_a_container_that_its_image_starts_needs_a_command_in_the_settings() -> None:
    given = read(LEAST.replace("command:", "args:"))
    assert "release.serve" not in values(given)
    assert "line 10: the container has args without command, so that its image says how it is started" in told(given)


def test_literal_values_are_taken_and_braces_stay_braces() -> None:
    given = read(
        container("env: [{name: LEVEL, value: info}, {name: FLAGS, value: '{\"a\": 1}'}, {name: DEBUG, value: true}]")
    )
    env = {name: value for name, value in values(given).items() if name.startswith("release.env")}
    assert env == {"release.env.LEVEL": "info", "release.env.FLAGS": '{{"a": 1}}', "release.env.DEBUG": "true"}


@pytest.mark.parametrize(
    ("value", "template"),
    [
        ("postgresql://shop:pw@db:5432/shop", "postgresql://{user}:{password}@{host}:{port}/{database}"),
        ("postgresql+asyncpg://$(DB_USER):$(DB_PASSWORD)@db/shop", "postgresql+asyncpg://{user}:"),
        ("postgresql://db/shop?sslmode=require", "postgresql://{user}:{password}@{host}:{port}/{database}"),
    ],
)
def test_a_url_of_postgresql_becomes_the_rehearsals_own(value: str, template: str) -> None:
    given = read(container(f'env: [{{name: DATABASE_URL, value: "{value}"}}]'))
    assert values(given)["release.env.DATABASE_URL"].startswith(template)


@pytest.mark.parametrize(
    ("name", "placeholder"),
    [
        ("DB_HOST", "{host}"),
        ("POSTGRES_SERVER", "{host}"),
        ("PGPORT", "{port}"),
        ("DATABASE_USER", "{user}"),
        ("SHOP_DB_PASSWORD", "{password}"),
        ("POSTGRES_DB", "{database}"),
    ],
)
def test_a_part_of_the_databases_place_is_known_by_its_name(name: str, placeholder: str) -> None:
    secret = f"env: [{{name: {name}, valueFrom: {{secretKeyRef: {{name: db, key: x}}}}}}]"
    literal = f"env: [{{name: {name}, value: production}}]"
    for text in (secret, literal):
        assert values(read(container(text)))[f"release.env.{name}"] == placeholder


@pytest.mark.parametrize(
    ("env", "sentence"),
    [
        ("{name: REDIS_URL, value: 'redis://redis:6379'}", "REDIS_URL is not taken over: it names a server"),
        ("{name: REDIS_HOST, value: redis.prod}", "REDIS_HOST is not taken over: it names a server"),
        ("{name: KAFKA_BROKERS, value: 'kafka:9092'}", "KAFKA_BROKERS is not taken over: it names a server"),
        ("{name: PYTHONPATH, value: /app}", "PYTHONPATH is not taken over"),
        ("{name: KEY, valueFrom: {secretKeyRef: {name: s, key: k}}}", "KEY is kept in the Secret s (k)"),
        ("{name: KEY, valueFrom: {configMapKeyRef: {name: s, key: k}}}", "KEY is kept in the ConfigMap s (k)"),
        (
            "{name: POD, valueFrom: {fieldRef: {fieldPath: status.podIP}}}",
            "what Kubernetes knows of the Pod (status.podIP)",
        ),
        (
            "{name: DATABASE_URL, valueFrom: {secretKeyRef: {name: s, key: k}}}",
            'set DATABASE_URL under [release.env] to "postgresql+psycopg://{user}:',
        ),
        (
            "{name: SHOP_SECRETS, valueFrom: {secretKeyRef: {name: s, key: k}}}",
            "; where the release needs it: set SHOP_SECRETS under [release.env]",
        ),
        (
            "{name: A, value: x-$(B)}, {name: B, valueFrom: {secretKeyRef: {name: s, key: k}}}",
            "A is not taken over: it needs B",
        ),
    ],
)
def test_a_variable_that_cannot_be_known_is_told_unless_the_settings_have_it(env: str, sentence: str) -> None:
    given = read(container(f"env: [{env}]"))
    assert sentence in told(given)
    assert Redactor()(told(given)) == told(given), "a report masks what it takes for a secret"
    assert ("release", "env", env.partition("name: ")[2].partition(",")[0]) in {item.unless for item in given.open}


@pytest.mark.parametrize(("name", "value"), [("BIND_HOST", "0.0.0.0"), ("ALLOWED_HOSTS", "shop.example.org")])  # noqa: S104
def test_a_host_that_is_this_machine_is_taken(name: str, value: str) -> None:
    assert values(read(container(f"env: [{{name: {name}, value: {value}}}]")))[f"release.env.{name}"] == value


def test_a_port_in_the_environment_is_each_replicas_own() -> None:
    given = read(container("env: [{name: PORT, value: '8000'}]"))
    assert "release.env.PORT" not in values(given)
    assert any("variable PORT" in name for name in given.aside)


def test_configuration_of_the_same_file_is_read_and_secrets_of_it_stay_secret() -> None:
    config = """\
---
kind: ConfigMap
metadata: {name: shop}
data: {LEVEL: info, DB_HOST: db}
---
kind: Secret
metadata: {name: shop}
stringData: {DATABASE_URL: "postgresql+psycopg://u:p@db/shop", API_KEY: abc}
"""
    refer = "envFrom: [{configMapRef: {name: shop}}, {secretRef: {name: shop}}, {secretRef: {name: other}}]"
    given = read(container(refer) + config)
    assert values(given)["release.env.LEVEL"] == "info"
    assert values(given)["release.env.DB_HOST"] == "{host}"
    assert (
        values(given)["release.env.DATABASE_URL"] == "postgresql+psycopg://{user}:{password}@{host}:{port}/{database}"
    )
    assert "API_KEY is kept in the Secret shop (API_KEY)" in told(given)
    assert "the variables of the Secret other are not in this file" in told(given)
    assert "abc" not in repr(given)


def test_folders_of_volumes_are_told_and_variables_that_name_them_not_taken() -> None:
    text = pod("volumes: [{name: data, persistentVolumeClaim: {claimName: d}}, {name: tmp, emptyDir: {}}]")
    text += "        volumeMounts: [{name: data, mountPath: /data}, {name: tmp, mountPath: /cache}, "
    text += "{name: tmp, mountPath: /tmp}]\n"
    given = read(text + "        env: [{name: UPLOADS, value: /data/uploads}, {name: PREFIX, value: /api}]\n")
    assert "the folder /data (persistentVolumeClaim) is not there" in told(given)
    assert "the folder /cache (emptyDir) is not there" in told(given)
    assert "the folder /tmp" not in told(given)
    assert "variable UPLOADS is not taken over: it is a folder of the container" in told(given)
    assert values(given)["release.env.PREFIX"] == "/api"


def test_what_is_no_part_of_a_rehearsal_is_named() -> None:
    text = container("image: shop:2\n        resources: {}") + "---\nkind: Service\nmetadata: {name: shop}\n"
    assert set(read(text).aside) == {"image", "resources", "Service shop"}


# What migrates


def with_init(command: str, **more: str) -> str:
    fields = "".join(f", {key}: {value}" for key, value in more.items())
    return pod(f"initContainers: [{{name: migrate, command: {command}{fields}}}]")


def test_an_init_container_that_migrates_is_what_boot_is() -> None:
    given = read(with_init("[poetry, run, alembic, -c, src/alembic.ini, upgrade, heads]"))
    assert values(given)["release.boot"] == "alembic -c src/alembic.ini upgrade heads"
    assert values(given)["release.boot_apart"] is True
    assert values(given)["migrations.when"] == "at-boot"
    assert values(given)["migrations.alembic"] == "src/alembic.ini"
    assert values(given)["migrations.target"] == "heads"


@pytest.mark.parametrize(
    ("command", "key", "path"),
    [
        ("[python, manage.py, migrate, --noinput]", "django", "manage.py"),
        ("[python, /app/src/manage.py, migrate]", "django", "src/manage.py"),
        ("[sh, -c, './manage.py migrate']", "django", "./manage.py"),
        ("[alembic, -c, /usr/src/app/db/alembic.ini, upgrade, head]", "alembic", "db/alembic.ini"),
    ],
)
def test_files_of_the_container_are_those_of_the_source(command: str, key: str, path: str) -> None:
    given = values(read(with_init(command)))
    assert {name: value for name, value in given.items() if name.startswith("migrations.")} == {
        f"migrations.{key}": path,
        "migrations.when": "at-boot",
    }


def test_variables_of_an_init_container_are_needed_too() -> None:
    given = read(with_init("[alembic, upgrade, head]", env="[{name: MODE, value: x}]"))
    assert values(given)["release.env.MODE"] == "x"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (with_init("[sh, -c, 'until nc -z db 5432; do sleep 1; done']"), "the init container migrate ('sh -c until nc"),
        (
            with_init('[sh, -c, "alembic upgrade \'head"]'),
            "the command of the init container migrate cannot be read (No",
        ),
        (with_init("[proxy]", restartPolicy="Always"), "the sidecar migrate is not run"),
        (with_init("[flask, db, upgrade]"), "it migrates by Flask-Migrate, which is not driven by itself"),
    ],
)
def test_other_init_containers_are_told(text: str, sentence: str) -> None:
    assert sentence in told(read(text))


def test_a_command_that_migrates_first_is_split() -> None:
    text = LEAST.replace(
        '[uvicorn, "shop.main:app", --port, "8000"]',
        '[sh, -c, "alembic upgrade head && exec uvicorn shop.main:app --port 8000"]',
    )
    given = values(read(text))
    assert (given["release.boot"], given["migrations.when"]) == ("alembic upgrade head", "at-boot")
    assert given["release.serve"] == "uvicorn shop.main:app --port {port}"


def job(hook: str = "", command: str = "[alembic, upgrade, head]") -> str:
    annotations = f", annotations: {{{hook}}}" if hook else ""
    containers = f"[{{name: m, command: {command}}}]"
    return (
        f"---\nkind: Job\nmetadata: {{name: migrate{annotations}}}\n"
        f"spec: {{template: {{spec: {{containers: {containers}}}}}}}\n"
    )


@pytest.mark.parametrize(
    ("hook", "when"),
    [
        ('"helm.sh/hook": "pre-install, pre-upgrade"', "before"),
        ('"helm.sh/hook": pre-upgrade', "before"),
        ('"helm.sh/hook": "post-install,post-upgrade"', "after"),
        ('"argocd.argoproj.io/hook": PreSync', "before"),
        ('"argocd.argoproj.io/hook": PostSync', "after"),
    ],
)
def test_the_hook_of_a_job_says_when_the_deployment_migrates(hook: str, when: str) -> None:
    given = read(LEAST + job(hook))
    assert values(given)["migrations.when"] == when
    assert given.open == ()


def test_a_hook_of_the_first_installation_alone_is_told() -> None:
    given = read(LEAST + job('"helm.sh/hook": pre-install'))
    assert values(given)["migrations.when"] == "before"
    assert "the Job migrate migrates at the first installation alone" in told(given)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (job(), "the Job migrate migrates, and nothing says when"),
        (job('"helm.sh/hook": pre-delete'), "the Job migrate migrates, and nothing says when"),
        (
            job('"helm.sh/hook": post-install', '[curl, -X, POST, "http://shop/migrate"]'),
            "the Job migrate, post-install runs 'curl -X POST http://shop/migrate', which is no migration",
        ),
    ],
)
def test_a_job_that_says_too_little_is_told(text: str, sentence: str) -> None:
    given = read(LEAST + text)
    assert "migrations.when" not in values(given)
    assert sentence in told(given)


# What is meant


def test_a_list_as_kubectl_prints_it_is_taken_apart() -> None:
    items = "\n".join(f"  {line}" for line in LEAST.splitlines())
    given = read(f"kind: List\nitems:\n- {items.strip()}\n")
    assert given.what == "deploy.yaml (Deployment shop)"


def test_one_of_several_deployments_is_chosen_by_its_name_and_the_others_are_told() -> None:
    given = read(LEAST + "---\n" + LEAST.replace("name: shop", "name: worker"), name="worker")
    assert given.what == "deploy.yaml (Deployment worker)"
    assert "deploy.yaml, line 1: the Deployment shop is not rehearsed" in told(given)


def test_one_of_several_containers_is_chosen_and_the_others_are_told() -> None:
    proxy = "      - name: proxy\n        command: [envoy]\n"
    given = read(LEAST + proxy)
    assert values(given)["release.serve"].startswith("uvicorn")
    assert "the container proxy is not run beside shop" in told(given)
    assert values(read(LEAST + proxy, container="proxy"))["release.serve"] == "envoy"


@pytest.mark.parametrize(
    ("text", "choice", "sentence"),
    [
        ("", {}, "deploy.yaml has no Deployment (it has no object with a kind)"),
        ("kind: Service\n---\nkind: Pod\n", {}, "deploy.yaml has no Deployment (it has Service, Pod): name the file"),
        ("- a\n- b\n", {}, "deploy.yaml has no Deployment (it has no object with a kind)"),
        (
            LEAST + "---\n" + LEAST.replace("name: shop", "name: b"),
            {},
            'several Deployments (shop, b): say which, by name = "shop"',
        ),
        (LEAST, {"name": "shp"}, "deploy.yaml has no Deployment 'shp' (known: shop): correct name under [deploy]"),
        (LEAST, {"container": "web"}, "the Deployment shop has no container 'web' (known: shop)"),
        ("kind: Deployment\nmetadata: {name: a}\n", {}, "the Deployment a has no containers"),
        (
            LEAST.replace("name: shop\nspec", "name: a\nspec") + "      - name: proxy\n",
            {},
            "several containers (shop, proxy): say which one serves, by container = ",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_sentence(text: str, choice: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(text, **choice)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)
