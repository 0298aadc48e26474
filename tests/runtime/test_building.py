"""Environments are made by uv, once, beside one another, and hold what was asked for and nothing of the harness."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from index import give_up
from wheels import write_wheel

from harness.errors import SourceError
from harness.model.release import Environment, ReleaseName
from harness.runtime import building
from harness.runtime.building import Order, build_environments, cache_folder
from harness.runtime.recipe import read_recipe
from harness.runtime.sources import Source

if TYPE_CHECKING:
    from harness.runtime.reaper import Session

OLD, NEW = ReleaseName
#: A build back end that needs no index, and fails.
BROKEN = {
    "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    '[project]\nname = "broken"\nversion = "1.0"\n',
    "backend.py": "def build_wheel(*_): raise RuntimeError('there is no pg_config')\n",
}
PRINT = "import app, sys; print(app.VERSION, sys.prefix)"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and two releases of ``app`` in place of an index."""
    for name in [name for name in os.environ if name.startswith("UV_")]:
        monkeypatch.delenv(name)
    wheels = tmp_path / "wheels"
    for version in ("1.0", "2.0"):
        write_wheel(wheels, "app", version, {"app.py": f"VERSION = {version!r}\n"}, requires=["needed>=1"])
    write_wheel(wheels, "needed", "1.5", {"needed.py": ""})
    write_wheel(wheels, "extra", "3.0", {"extra.py": ""})
    monkeypatch.setenv("UV_FIND_LINKS", str(wheels))
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_PYTHON_DOWNLOADS", "never")
    monkeypatch.setenv("ROLLDEPLOY_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "environments"


def package(name: ReleaseName, pinned: str, **given: str | tuple[str, ...]) -> Order:
    root = Path(os.environ["ROLLDEPLOY_CACHE"]).parent / "empty"
    root.mkdir(exist_ok=True)
    return order(name, Source(root=root, description=f"pypi:{pinned}", package=pinned), **given)


def folder(name: ReleaseName, files: dict[str, str], **given: str | tuple[str, ...]) -> Order:
    root = Path(os.environ["ROLLDEPLOY_CACHE"]).parent / name
    root.mkdir(exist_ok=True)
    for path, text in files.items():
        (root / path).write_text(text)
    return order(name, Source(root=root, description=name.value), **given)


def order(name: ReleaseName, source: Source, **given: str | tuple[str, ...]) -> Order:
    recipe = read_recipe(Environment(**given), source, sys.executable)  # type: ignore[arg-type]
    return Order(name=name, recipe=recipe, root=source.root, description=source.description)


def refusal(session: Session, *orders: Order) -> str:
    with pytest.raises(SourceError) as caught:
        build_environments(orders, session, lambda _: None)
    assert "\n" not in str(caught.value)
    assert session.ledger.left() == []
    return str(caught.value)


def run(python: str, code: str) -> str:
    # -P: without the folder in which the tests run, where the harness lies.
    done = subprocess.run([python, "-P", "-c", code], capture_output=True, text=True, check=False, timeout=60)
    return done.stdout.strip() or done.stderr.strip().splitlines()[-1]


def test_two_releases_beside_one_another(cache: Path, reaper_session: Session) -> None:
    told: list[str] = []
    orders = [package(OLD, "app==1.0"), package(NEW, "app==2.0", requirements=("extra",))]
    pythons = build_environments(orders, reaper_session, told.append)
    assert told == ["rolldeploy: building old (pypi:app==1.0) and new (pypi:app==2.0)"]
    assert run(pythons[OLD], PRINT).split()[0] == "1.0"
    assert run(pythons[NEW], PRINT).split() == ["2.0", str(Path(pythons[NEW]).parents[1])]
    assert Path(pythons[NEW]).parents[2] == cache
    assert run(pythons[NEW], "import needed, extra; print('all')") == "all"
    for module in ("harness", "pytest"):
        assert run(pythons[NEW], f"import {module}") == f"ModuleNotFoundError: No module named '{module}'"
    assert reaper_session.ledger.left() == []


def test_an_environment_that_is_there_costs_nothing(
    cache: Path, reaper_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = build_environments([package(OLD, "app==1.0")], reaper_session, lambda _: None)
    monkeypatch.setattr(building, "find_uv", lambda: pytest.fail("uv is asked for"))
    assert build_environments([package(OLD, "app==1.0")], reaper_session, pytest.fail) == first


def test_an_old_release_that_has_not_changed_is_not_built_again(cache: Path, reaper_session: Session) -> None:
    old, told = package(OLD, "app==1.0"), list[str]()
    first = build_environments([old, package(NEW, "app==1.0", requirements=("extra",))], reaper_session, lambda _: None)
    made = Path(first[OLD]).parents[1].joinpath("pyvenv.cfg").stat().st_mtime_ns
    again = build_environments([old, package(NEW, "app==2.0")], reaper_session, told.append)
    assert told == ["rolldeploy: building new (pypi:app==2.0)"]
    assert again[OLD] == first[OLD]
    assert Path(first[OLD]).parents[1].joinpath("pyvenv.cfg").stat().st_mtime_ns == made


def test_what_was_given_up_half_way_is_made_anew(cache: Path, reaper_session: Session) -> None:
    wanted = package(OLD, "app==1.0")
    python = build_environments([wanted], reaper_session, lambda _: None)[OLD]
    (cache / wanted.recipe.digest / "rolldeploy-complete").unlink()
    next((cache / wanted.recipe.digest).rglob("app.py")).unlink()
    told: list[str] = []
    assert build_environments([wanted], reaper_session, told.append) == {OLD: python}
    assert len(told) == 1
    assert run(python, PRINT).split()[0] == "1.0"


def test_one_whose_python_has_gone_is_made_anew(cache: Path, reaper_session: Session) -> None:
    python = Path(build_environments([package(OLD, "app==1.0")], reaper_session, lambda _: None)[OLD])
    python.unlink()
    python.symlink_to("/nowhere/python")
    again = build_environments([package(OLD, "app==1.0")], reaper_session, lambda _: None)[OLD]
    assert run(again, PRINT).split()[0] == "1.0"


def test_whoever_comes_at_the_same_time_waits_for_the_one_who_builds(cache: Path, reaper_session: Session) -> None:
    setup = (sh("echo built >> ../count"), "sleep 0.5")
    orders = [folder(OLD, {}, setup=setup), folder(NEW, {}, setup=setup)]
    with ThreadPoolExecutor() as pool:
        both = [pool.submit(build_environments, orders, reaper_session, lambda _: None) for _ in range(2)]
        found = {python for each in both for python in each.result().values()}
    assert len(found) == 1
    assert (cache.parents[1] / "count").read_text() == "built\n"


def sh(command: str) -> str:
    return f"sh -c '{command}'"


def test_commands_run_in_the_source_and_work_in_the_new_environment(cache: Path, reaper_session: Session) -> None:
    wanted = folder(NEW, {}, setup=("uv pip install app==2.0", sh("which python > found"), sh("pwd >> found")))
    python = Path(build_environments([wanted], reaper_session, lambda _: None)[NEW])
    assert run(str(python), PRINT).split()[0] == "2.0"
    assert (wanted.root / "found").read_text().splitlines() == [
        str(python),
        str(wanted.root),
    ]


def uv(root: Path, *words: str) -> str:
    return subprocess.run(["uv", *words], cwd=root, check=True, capture_output=True, text=True, timeout=60).stdout


@pytest.mark.parametrize("kind", ["requirements.txt", "pyproject.toml", "pylock.toml", "uv.lock"])
def test_what_a_source_asks_for(
    cache: Path, reaper_session: Session, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    project = '[project]\nname = "web"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = ["app<2"]\n'
    project += '[dependency-groups]\ndev = ["extra"]\n'
    files = {"requirements.txt": "app<2\n"} if kind == "requirements.txt" else {"pyproject.toml": project}
    root = folder(OLD, files, setup=("true",)).root
    if kind == "pylock.toml":
        (root / kind).write_text(uv(root, "pip", "compile", "--format", "pylock.toml", "pyproject.toml"))
    elif kind == "uv.lock":
        uv(root, "lock")
    before = sorted(path.name for path in root.iterdir())
    python = build_environments([folder(OLD, {})], reaper_session, lambda _: None)[OLD]
    assert run(python, PRINT).split()[0] == "1.0"
    assert run(python, "import needed; print('there')") == "there"
    assert run(python, "import extra") == "ModuleNotFoundError: No module named 'extra'"
    assert sorted(path.name for path in root.iterdir()) == before


def test_no_such_release(cache: Path, reaper_session: Session) -> None:
    sentence = refusal(reaper_session, package(OLD, "app==9.0"))
    assert sentence.startswith("no environment can be made for the old release (pypi:app==9.0): No solution found")
    assert "name a release that the package index has" in sentence
    assert sorted(path.suffix for path in cache.iterdir()) == [".lock", ".log"]


def test_a_release_that_does_not_build(cache: Path, reaper_session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")  # uv would break a line there, as it does in a worker of xdist
    sentence = refusal(reaper_session, folder(NEW, BROKEN, setup=("uv pip install .",)))
    assert "no environment can be made for the new release (new): Failed to build `broken @ " in sentence
    assert "RuntimeError: there is no pg_config; it does not build here: add to this machine" in sentence
    log = Path(sentence.rpartition("its log is ")[2].rstrip(")"))
    assert "there is no pg_config" in log.read_text()


def test_a_command_that_fails(cache: Path, reaper_session: Session) -> None:
    sentence = refusal(reaper_session, folder(NEW, {}, setup=(sh("echo no compiler; exit 3"),)))
    assert "'sh -c echo no compiler; exit 3' ended with status 3: no compiler; correct setup" in sentence


def test_a_command_that_is_not_there(cache: Path, reaper_session: Session) -> None:
    sentence = refusal(reaper_session, folder(NEW, {}, setup=("poetry install",)))
    assert (
        "setup of the new release names a command 'poetry' that is neither in its environment nor on PATH" in sentence
    )


def test_no_such_python(cache: Path, reaper_session: Session) -> None:
    sentence = refusal(reaper_session, package(OLD, "app==1.0", python_version="3.99"))
    assert "No interpreter found for Python 3.99" in sentence
    assert 'name a Python that is there ("uv python list" shows them)' in sentence


def test_no_network_and_no_password_of_the_index(
    cache: Path, reaper_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("UV_NO_INDEX", "UV_OFFLINE"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://ada:hunter2@127.0.0.1:9/simple")
    wanted = package(OLD, "nothing-of-that-name==1.0")
    sentence = refusal(reaper_session, wanted)
    assert "the package index cannot be had: see to the network" in sentence
    assert "127.0.0.1:9/simple" in sentence
    assert "hunter2" not in sentence + (cache / wanted.recipe.digest).with_suffix(".log").read_text()


def test_no_uv(cache: Path, reaper_session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    monkeypatch.setenv("PATH", "/nowhere")
    assert 'pip install "pytest-rolldeploy[uv]"' in refusal(reaper_session, package(OLD, "app==1.0"))


def test_one_that_fails_ends_the_other(cache: Path, reaper_session: Session) -> None:
    began = time.perf_counter()
    sentence = refusal(reaper_session, package(OLD, "app==9.0"), folder(NEW, {}, setup=("sleep 60",)))
    assert "the old release" in sentence
    assert time.perf_counter() - began < 30
    assert [path for path in cache.iterdir() if path.is_dir()] == []


def test_a_cache_that_cannot_be_made(cache: Path, reaper_session: Session) -> None:
    cache.parent.write_text("in the way")
    assert (
        f"environments cannot be kept in {cache}: Not a directory; name another folder in ROLLDEPLOY_CACHE"
        in refusal(reaper_session, package(OLD, "app==1.0"))
    )


def test_what_nobody_asks_for_is_removed_after_a_month(cache: Path, reaper_session: Session) -> None:
    first, second = package(OLD, "app==1.0"), package(OLD, "app==2.0")
    build_environments([first], reaper_session, lambda _: None)
    shutil.copytree(cache / first.recipe.digest, cache / "forgotten", symlinks=True)
    long_ago = time.time() - 31 * 86_400
    os.utime(cache / "forgotten" / "rolldeploy-complete", (long_ago, long_ago))
    build_environments([second], reaper_session, lambda _: None)
    found = sorted(path.name for path in cache.iterdir() if path.is_dir())
    assert found == sorted(item.recipe.digest for item in (first, second))


def test_the_cache_is_where_the_user_keeps_caches(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("ROLLDEPLOY_CACHE", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert cache_folder() == tmp_path / ".cache" / "pytest-rolldeploy"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "xdg" / "pytest-rolldeploy"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert cache_folder() == tmp_path / "Library" / "Caches" / "pytest-rolldeploy"
    monkeypatch.setenv("ROLLDEPLOY_CACHE", "~/ours")
    assert cache_folder() == tmp_path / "ours"


def by_index(wanted: Order, session: Session, monkeypatch: pytest.MonkeyPatch) -> str:
    """The interpreter of an environment that needs the index."""
    for name in ("UV_NO_INDEX", "UV_FIND_LINKS", "UV_OFFLINE"):
        monkeypatch.delenv(name)
    try:
        return build_environments([wanted], session, lambda _: None)[wanted.name]
    except SourceError as error:
        if "the package index cannot be had" not in str(error):
            raise
        give_up(str(error))


@pytest.mark.index
def test_a_command_that_calls_pip_gets_the_one_of_the_new_environment(
    cache: Path, reaper_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = folder(NEW, {}, setup=("pip --version", sh("pip --version > found")))
    python = by_index(wanted, reaper_session, monkeypatch)
    assert str(Path(python).parents[1]) in (wanted.root / "found").read_text()


@pytest.mark.index
def test_a_release_of_the_index_as_of_a_day(
    cache: Path, reaper_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = package(OLD, "requests==2.31.0", exclude_newer="2024-01-31")
    python = by_index(wanted, reaper_session, monkeypatch)
    # urllib3 2.2.0 was published on 2024-01-30, and 2.2.1 on 2024-02-18.
    assert run(python, "import urllib3; print(urllib3.__version__)") == "2.2.0"


def test_ctrl_c_ends_what_is_being_built(cache: Path, tmp_path: Path) -> None:
    """Nothing runs on, and what is half made is no environment."""
    script = """
from pathlib import Path
import signal
import sys
# A shell's background job ignores SIGINT, and so do its children, unless they say otherwise.
signal.signal(signal.SIGINT, signal.default_int_handler)
from harness.model.release import Environment, ReleaseName
from harness.runtime.building import Order, build_environments
from harness.runtime.reaper import Session
from harness.runtime.recipe import read_recipe
from harness.runtime.sources import Source
source = Source(root=Path(sys.argv[1]), description="x")
recipe = read_recipe(Environment(setup=("touch begun", "sleep 61.5")), source, sys.executable)
session = Session.create()
try:
    build_environments([Order(name=ReleaseName.OLD, recipe=recipe, root=source.root, description="x")], session, print)
except KeyboardInterrupt:
    print("interrupted", session.ledger.left(), session.release_all())
"""
    with subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        try:
            deadline = time.monotonic() + 60
            while not (tmp_path / "begun").exists():
                assert time.monotonic() < deadline
                time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            said, _ = process.communicate(timeout=30)
        finally:
            process.kill()
    assert said.splitlines()[-1] == "interrupted [] []"
    assert [path for path in cache.iterdir() if path.is_dir()] == []
