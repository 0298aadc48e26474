"""Every module can be imported alone, warns of nothing, and the plugin is light until it is used."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import harness

PACKAGE = Path(harness.__file__).parent

MODULES = sorted(
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
    for path in PACKAGE.rglob("*.py")
    if path.name not in {"__main__.py", "fork_server.py"} and not path.stem.endswith("_child")  # run, never imported
)

#: What the plugin must not cost a start of pytest in which no journey is collected.
HEAVY = {"alembic", "asyncio", "filelock", "httpx", "hypothesis", "msgspec", "psutil", "psycopg", "rich", "sqlalchemy"}
#: Imported once, before the forks: what they cost is not ours, and every second module needs some of them.
SHARED = ("asyncio", "filelock", "httpx", "hypothesis", "msgspec", "psutil", "psycopg", "pytest", "rich.console")

# A fork of an interpreter that has imported nothing of ours is as good as a fresh one, at a hundredth of the price.
CHILD = """
import importlib, json, os, sys, traceback

def forked(work):
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            answer = work()
        except BaseException:
            answer = traceback.format_exc()
        os.write(writer, json.dumps(answer).encode()[:60_000])
        os._exit(0)
    os.close(writer)
    with open(reader, encoding="utf-8") as stream:
        text = stream.read()
    os.waitpid(pid, 0)
    return json.loads(text)

def tops_after(name):
    importlib.import_module(name)
    return sorted({module.partition(".")[0] for module in sys.modules})

modules, shared = json.loads(sys.stdin.read())
answers = {"plugin": forked(lambda: tops_after("harness.plugin"))}
for name in shared:
    importlib.import_module(name)
assert not any(name.partition(".")[0] == "harness" for name in sys.modules)
answers["modules"] = {name: forked(lambda: importlib.import_module(name) and "") for name in modules}
print(json.dumps(answers))
"""


@pytest.fixture(scope="module")
def answers() -> dict[str, object]:
    """What the imports of each module came to, each in a process of its own, with every warning an error."""
    finished = subprocess.run(
        [sys.executable, "-W", "error", "-c", CHILD],
        input=json.dumps([MODULES, SHARED]),
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert finished.returncode == 0, finished.stderr
    found: dict[str, object] = json.loads(finished.stdout)
    return found


@pytest.mark.parametrize("module", MODULES)
def test_a_module_can_be_imported_alone_without_a_warning(answers: dict[str, dict[str, str]], module: str) -> None:
    assert answers["modules"][module] == ""


def test_the_plugin_is_light_until_it_is_used(answers: dict[str, list[str]]) -> None:
    assert "harness" in answers["plugin"]
    assert set(answers["plugin"]) & HEAVY == set()
