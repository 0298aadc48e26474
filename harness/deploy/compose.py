"""A file of docker-compose as settings: one service serves, another one migrates before it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from harness.deploy.commands import find_port, migration_tool, read_start
from harness.deploy.given import Reading
from harness.deploy.probes import ask_by_command
from harness.deploy.serving import AT_BOOT, give_migrations, give_serve, split_command
from harness.deploy.variables import Variable, give_variables
from harness.deploy.yaml_text import Fields, Table, scalar
from harness.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.deploy.given import Given

#: Images that an application needs and that are none.
_SERVERS = re.compile(
    r"(?:^|/)(?:adminer|caddy|elasticsearch|kafka|keycloak|localstack|maildev|mailhog|mailpit|mariadb|memcached|minio|"
    r"mongo|mysql|nats|nginx|opensearch|pgadmin4?|pgbouncer|pgvector|postgis|postgres(?:ql)?|rabbitmq|redis|traefik|"
    r"valkey|zookeeper)(?=[:@-]|$)"
)
#: ``${NAME}``, ``${NAME:-default}`` and ``$NAME``; ``$$`` is one ``$`` (Compose file reference, "Interpolation").
_REFERENCE = re.compile(r"\$\$|\$\{(\w+)(?:(:?[-?+])([^}]*))?\}|\$(\w+)")
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(us|ms|s|m|h)")
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_SERVICE_ASIDE = frozenset(
    {
        "build",
        "cap_add",
        "cap_drop",
        "container_name",
        "cpus",
        "develop",
        "dns",
        "expose",
        "extra_hosts",
        "hostname",
        "image",
        "init",
        "labels",
        "links",
        "logging",
        "mem_limit",
        "networks",
        "platform",
        "ports",
        "profiles",
        "pull_policy",
        "restart",
        "security_opt",
        "shm_size",
        "stdin_open",
        "tty",
        "ulimits",
        "user",
    }
)


def read_compose(documents: Sequence[Any], file: str, name: str | None = None) -> Given:
    """Reads the service that serves, and the one-off that migrates before it.

    Source: Compose file reference, "Services" (``command``, ``environment``, ``healthcheck``, ``depends_on``,
    ``stop_grace_period``) and "Deploy".

    Args:
        documents: The file, as :func:`harness.deploy.yaml_text.parse_yaml` gives it.
        file: Its name.
        name: The service; None takes the only one that is no server like PostgreSQL and does not migrate.

    Raises:
        SettingsError: There are no services, or no such one, or several and no choice.
    """
    reading = Reading()
    whole = documents[0] if documents else None
    if not isinstance(whole, Table) or not isinstance(whole.get("services"), Table):
        raise SettingsError(f"{file} has no services: name a file of docker-compose")
    listed = Fields(whole, "", reading).fields("services")
    services = {key: listed.fields(key) for key in listed.keys}
    chosen = _choose(services, file, name)
    service = services[chosen]
    words = _words(service)
    if any("--reload" in word for word in words):  # files would be watched that a rehearsal does not edit
        words = [re.sub(r"(^|\s)--reload\b", "", word) for word in words if word != "--reload"]
        reading.aside.setdefault("--reload")
    port = _port(service) or find_port(words)
    if words:
        boots = give_serve(words, port, service.at("command"), reading)
    else:
        boots = False
        reading.leave(
            "the service has no command, so that its image says how it is started: say serve = under [release]",
            service.where,
            unless=("release", "serve"),
        )
    if "env_file" in service:
        files = scalar(service.get("env_file")) or ", ".join(service.words("env_file"))
        reading.leave(
            f"env_file {files} is not read: what the release needs of it goes under [release.env]",
            service.at("env_file"),
        )
    mounts = _mounts(service, reading)
    give_variables(_variables(service), reading, mounts=mounts)
    _read_health(service, port, reading)
    grace = _seconds(service, "stop_grace_period", 10.0)
    note = "" if "stop_grace_period" in service else "where nothing is said"
    reading.give("release", "grace_s", value=grace, where=service.at("stop_grace_period"), note=note)
    _read_deploy(service, reading)
    _read_when(service, services, reading, boots=boots)
    service.close(_SERVICE_ASIDE)
    for other, fields in services.items():
        if other != chosen and not _is_server(fields) and not _only_migrates(fields):
            reading.leave(f"the service {other} is not rehearsed: it needs settings of its own", fields.where)
    return reading.finish(f"{file} (service {chosen})")


def _choose(services: Mapping[str, Fields], file: str, name: str | None) -> str:
    if name is not None:
        if name not in services:
            raise SettingsError(
                f"{file} has no service '{name}' (known: {', '.join(services)}): correct name under [deploy]"
            )
        return name
    own = [
        key
        for key, service in services.items()
        if not _is_server(service) and (_port(service) or not _only_migrates(service))
    ]
    with_ports = [key for key in own if _port(services[key])]
    found = with_ports if len(with_ports) == 1 else own
    if not found:
        raise SettingsError(f"{file} has no service of your own (known: {', '.join(services)}): say which by name")
    if len(found) > 1:
        raise SettingsError(
            f'{file} has several services ({", ".join(found)}): say which, by name = "{found[0]}" under [deploy]'
        )
    return found[0]


def _is_server(service: Fields) -> bool:
    return "build" not in service and bool(_SERVERS.search(service.text("image")))


def _only_migrates(service: Fields) -> bool:
    """Whether nothing follows what migrates."""
    words = _words(service)
    if not migration_tool(" ".join(words)):
        return False
    try:
        return read_start(words).unsplit
    except ValueError:  # which is told where it is read
        return True


def _words(service: Fields) -> list[str]:
    """Entrypoint and command; a text is split into words, and given to no shell."""
    words: list[str] = []
    for key in ("entrypoint", "command"):
        value = service.get(key)
        given = split_command(value) if isinstance(value, str) else service.words(key)
        words += [interpolate(word)[0] for word in given]
    return words


def interpolate(text: str) -> tuple[str, tuple[str, ...]]:
    """Puts the defaults of variables into a text.

    Returns:
        The text, and names of those that have no default: whoever starts the services knows them.
    """
    missing: list[str] = []

    def value(match: re.Match[str]) -> str:
        if match[0] == "$$":
            return "$"
        if match[2] in {":-", "-"}:
            return interpolate(match[3])[0]
        missing.append(match[1] or match[4])
        return match[0]

    return _REFERENCE.sub(value, text), tuple(missing)


def _variables(service: Fields) -> dict[str, Variable]:
    """A mapping, or a list of ``NAME=value``; a name alone is taken from whoever starts the service."""
    value = service.get("environment")
    if isinstance(value, list):
        given = dict(item.partition("=")[::2] if "=" in item else (item, None) for item in map(str, value))
        places = dict.fromkeys(given, service.at("environment"))
    else:
        fields = service.fields("environment")
        given = {name: scalar(fields.get(name)) for name in (value if isinstance(value, Table) else ())}
        places = {name: fields.at(name) for name in given}
    found = {}
    for name, text in given.items():
        filled, missing = interpolate(text or "")
        is_url = re.match(r"postgres", filled)  # its parts are the rehearsal's own
        kept = f"the variable {', '.join(missing) or name} of whoever starts the services"
        known = text is not None and (not missing or is_url)
        found[name] = Variable(filled if known else None, places[name], kept="" if known else kept)
    return found


def _port(service: Fields) -> int | None:
    """The container's port: behind the last colon of a short form, or ``target``."""
    for key in ("ports", "expose"):
        listed = service.get(key)
        for item in listed if isinstance(listed, list) else ():
            text = str(item.get("target")) if isinstance(item, Table) else interpolate(str(item))[0]
            number = text.rpartition(":")[2].partition("/")[0]
            if number.isdecimal():
                return int(number)
    return None


def _mounts(service: Fields, reading: Reading) -> tuple[str, ...]:
    """Folders of volumes and the working directory, which a rehearsal does not have."""
    found = []
    listed = service.get("volumes")
    for item in listed if isinstance(listed, list) else ():
        text = scalar(item.get("target") if isinstance(item, Table) else item) or ""
        path = text if isinstance(item, Table) else [*text.split(":"), ""][1] or text
        found.append(path)
    if found:
        reading.aside.setdefault(f"volumes {', '.join(found)}")
    folder = service.text("working_dir")
    if folder:
        reading.aside.setdefault(f"working_dir {folder} (commands run in the source's own folder)")
    return tuple(path.rstrip("/") for path in [*found, folder] if path.strip("/"))


def _read_health(service: Fields, port: int | None, reading: Reading) -> None:
    """``healthcheck`` as readiness: every 30 s, within 30 s, 3 times, where nothing is said.

    Failures within ``start_period`` do not count, so that a container is unhealthy that much later.
    """
    health, where = service.fields("healthcheck"), service.at("healthcheck")
    test = health.get("test")
    words = ["sh", "-c", test] if isinstance(test, str) else health.words("test")
    kind, *rest = words or ["NONE"]
    if kind == "CMD-SHELL":
        words = ["sh", "-c", *rest]
    elif kind == "CMD":
        words = rest
    if kind == "NONE" or health.get("disable"):
        reading.leave(
            'the service has no healthcheck: say how it is known to serve, e.g. ready = "/readyz" under [release]',
            where,
            unless=("release", "ready"),
        )
        return
    interval, retries = _seconds(health, "interval", 30.0), health.number("retries", 3, 1)
    ready: dict[str, Any] = dict(ask_by_command([interpolate(word)[0] for word in words], port))
    ready |= {"period_s": interval, "timeout_s": _seconds(health, "timeout", 30.0), "failure_threshold": int(retries)}
    reading.give("release", "ready", value=ready, where=where)
    if "start_period" in health:
        seconds = _seconds(health, "start_period", 0.0) + interval * retries
        note = "start_period, and interval times retries"
        reading.give("release", "start_timeout_s", value=seconds, where=health.at("start_period"), note=note)
    health.close(frozenset({"start_interval"}))


def _read_deploy(service: Fields, reading: Reading) -> None:
    """Replicas, and how Swarm replaces them: one at a time, the old one first, where nothing is said."""
    deploy = service.fields("deploy")
    for fields, key in ((deploy, "replicas"), (service, "scale")):
        if key in fields and fields.number(key, 0, 1):
            reading.give("strategy", "replicas", value=int(fields.number(key, 1, 1)), where=fields.at(key))
    if "update_config" in deploy:
        update, where = deploy.fields("update_config"), deploy.at("update_config")
        count = str(int(update.number("parallelism", 1)) or "100%")
        first = (update.text("order") or "stop-first") == "start-first"
        reading.give("strategy", "max_surge", value=count if first else "0", where=where)
        reading.give("strategy", "max_unavailable", value="0" if first else count, where=where)
        update.close(frozenset({"failure_action", "delay", "monitor", "max_failure_ratio"}))
    deploy.close(frozenset({"resources", "restart_policy", "placement", "labels", "mode", "rollback_config"}))


def _read_when(service: Fields, services: Mapping[str, Fields], reading: Reading, *, boots: bool) -> None:
    """A service that migrates and ends, and that the one that serves waits for, migrates before it."""
    needed = service.get("depends_on")
    for other, fields in services.items():
        words = _words(fields)
        if fields.path == service.path or not migration_tool(" ".join(words)):
            continue
        link = needed.get(other) if isinstance(needed, Table) else None
        condition = scalar(link.get("condition")) if isinstance(link, Table) else None
        give_migrations(words, fields.where, reading)
        if condition == "service_completed_successfully":
            note = f"{other} has to end well before the service starts"
            reading.give("migrations", "when", value="before", where=service.at("depends_on"), note=note)
        else:
            reading.leave(
                f"the service {other} migrates, and this one does not wait for it to end well "
                "(service_completed_successfully): say when = under [migrations]",
                fields.where,
                unless=("migrations", "when"),
            )
    if boots:
        reading.give("migrations", "when", value="at-boot", where=service.at("command"), note=AT_BOOT)


def _seconds(fields: Fields, key: str, default: float) -> float:
    """A duration like ``1m30s`` (Compose file reference, "Specifying durations")."""
    text = fields.text(key)
    if not text:
        return default
    if not re.fullmatch(rf"(?:{_DURATION.pattern})+", text):
        fields.reading.leave(f"{fields.name_of(key)} is '{text}', no duration like 1m30s", fields.at(key))
        return default
    return sum(float(number) * _SECONDS[unit] for number, unit in _DURATION.findall(text))
