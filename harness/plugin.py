"""The pytest plugin: options, and items out of journeys.

Imported at every start of pytest where the plugin is installed, so it imports the standard library and pytest alone;
all else comes with the first journey.
"""

from __future__ import annotations

import functools
import os
import secrets
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

    from harness.items import Stage

_STAGE: pytest.StashKey[Stage] = pytest.StashKey()
#: Where the workers of pytest-xdist make the session's folder, if they need one; known to the controller.
_SHARED: pytest.StashKey[str] = pytest.StashKey()
#: Each stands under ``[explore]`` too, with ``_`` for ``-``.
_EXPLORE_OPTIONS = (
    ("max-examples", int, "so many rollouts at most"),
    ("max-steps", int, "the longest is drawn from so many wishes"),
    ("budget-s", float, "seconds after which no more are tried"),
    ("seed", int, "chooses the rollouts"),
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the command line's options."""
    group = parser.getgroup("rolldeploy", "rehearsal of a rolling deploy")
    group.addoption(
        "--rolldeploy-postgres",
        metavar="PROVIDER",
        default=None,
        help="auto, container, container:IMAGE, embedded, system, system:BINDIR or a postgresql:// URL "
        "(default: by the settings, else auto: the first of URL, container, embedded and system that works)",
    )
    group.addoption(
        "--rolldeploy-report",
        metavar="DIR",
        default=None,
        help="write rolldeploy.json, events.ndjson, plans and logs below this folder",
    )
    group.addoption(
        "--rolldeploy-plan", action="store_true", default=False, help="print the plan of each rehearsal and stop"
    )
    group.addoption(
        "--rolldeploy-waivers",
        metavar="FILE",
        default=None,
        help="the file of findings that are accepted (default: by the settings, else rolldeploy-waivers.toml there)",
    )
    group.addoption(
        "--rolldeploy-update-waivers",
        metavar="OWNER",
        default=None,
        help="write waivers of this owner for everything that fails, behind those that are there",
    )
    group.addoption(
        "--rolldeploy-baseline",
        metavar="REPORT",
        default=None,
        help="rolldeploy.json of an earlier run, or a folder of reports: only findings that it has not fail",
    )
    group.addoption(
        "--rolldeploy-task",
        metavar="NAME",
        default=None,
        help="run one [[task]] on the state that it meets in the deploy, instead of the rehearsal",
    )
    group.addoption(
        "--rolldeploy-param",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        help="with --rolldeploy-task: the value of one of its parameters; may be given more than once",
    )
    group.addoption(
        "--rolldeploy-explore",
        action="store_true",
        default=False,
        help="search the rollouts of each rehearsal for one that fails: one more item, called explore",
    )
    for name, kind, what in _EXPLORE_OPTIONS:
        group.addoption(
            f"--rolldeploy-explore-{name}",
            metavar="N",
            type=kind,
            default=None,
            help=f"with --rolldeploy-explore: {what} (default: by the settings)",
        )
    group.addoption(
        "--rolldeploy-replay",
        metavar="FILE",
        default=None,
        help="play the plan that an exploration saved, instead of the rehearsal",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Refuses options that mean nothing, before anything is collected."""
    if config.getoption("rolldeploy_plan") and config.pluginmanager.hasplugin("xdist"):
        config.option.dist = "no"  # a plan is printed by the process that collects
    if config.getoption("rolldeploy_param") and not config.getoption("rolldeploy_task"):
        raise pytest.UsageError("--rolldeploy-param sets a parameter of a task: say which by --rolldeploy-task")
    owner = config.getoption("rolldeploy_update_waivers")
    if owner is not None and not (owner.strip() and owner.isprintable()):
        raise pytest.UsageError("--rolldeploy-update-waivers=OWNER: say who is to answer for what is accepted")
    choice = config.getoption("rolldeploy_postgres")
    if choice is not None:
        from harness.sessions import refuse_unknown_provider  # noqa: PLC0415  only where the plugin is used

        refuse_unknown_provider(choice)


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(collector: pytest.Module | pytest.Class, name: str, obj: object) -> Any:
    """Makes one item for each (step, actor, journey) out of a journey."""
    module = sys.modules.get("harness.traffic.journeys")
    if module is not None and isinstance(obj, pytest.MarkDecorator):
        if any(isinstance(argument, module.Journey) for argument in obj.args):
            raise pytest.Collector.CollectError(
                f"the mark {obj.name} stands above @journey of {name}, where it has no effect: put it right above the "
                "function"
            )
    elif module is not None and isinstance(obj, module.Journey):
        if isinstance(collector, pytest.Class):
            raise pytest.Collector.CollectError(
                f"the journey {name} is in the class {collector.name}: a journey is a function of a module, for it is "
                "run many times and shares nothing"
            )
        return _stage(collector.config).make_items(collector, name, obj)
    module = sys.modules.get("harness.traffic.invariants")
    if module is not None and isinstance(obj, module.Invariant):
        _stage(collector.config).explorations.add(collector, obj)
        return []
    return None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Puts the items of each rehearsal into the order of its walk."""
    stage = config.stash.get(_STAGE, None)
    if stage is not None:
        stage.refuse_unknown_task()
        stage.explorations.keep_replayed(items)
        stage.sort(items)


@pytest.hookimpl(wrapper=True)
def pytest_collection_finish(session: pytest.Session) -> Generator[None]:
    """Has xdist keep each rehearsal on one worker: another one would have to wait for its outcomes."""
    stage = session.config.stash.get(_STAGE, None)
    if stage is None or not session.config.getoption("loadgroup", default=False):
        return (yield)
    with stage.grouped(session.items):
        return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Prints the plans instead of running, where that was asked for."""
    if not session.config.getoption("rolldeploy_plan"):
        return None
    stage = session.config.stash.get(_STAGE, None)
    reporter: Any = session.config.pluginmanager.get_plugin("terminalreporter")
    for line in stage.plans(session.items) if stage is not None else ["no journeys were collected"]:
        reporter.write_line(line)
    return True


@pytest.fixture
def rolldeploy_rehearsal(request: pytest.FixtureRequest) -> Any:
    """The finished rehearsal that an item belongs to; the first item of it performs it."""
    return _stage(request.config).perform(request)


@pytest.fixture
def rolldeploy_task(request: pytest.FixtureRequest) -> Any:
    """What the one-off task of an item did."""
    return _stage(request.config).run_task(request)


@pytest.fixture
def rolldeploy_explored(request: pytest.FixtureRequest) -> Any:
    """What a search among the rollouts of a rehearsal came to, or one that was saved."""
    return _stage(request.config).explorations.perform(request)


@pytest.fixture
def rolldeploy_replay(request: pytest.FixtureRequest) -> Any:
    """A function that plays the plan of an exploration, given as text, and fails the test where the rollout does."""
    return functools.partial(_stage(request.config).explorations.replay_text, request)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Names the journey, not the plugin, as the place where an item was skipped."""
    report = yield
    module = sys.modules.get("harness.nodes")
    if report.skipped and module is not None and isinstance(item, module.RehearsedItem):
        path, line, _ = item.reportinfo()
        if isinstance(report.longrepr, tuple):
            report.longrepr = (str(path), (line or 0) + 1, report.longrepr[2])
    return report


def pytest_terminal_summary(terminalreporter: Any, exitstatus: int, config: pytest.Config) -> None:
    """Prints the matrix of each rehearsal."""
    if not _is_used(config):
        if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
            _explain_nothing(terminalreporter, config)
        return
    from harness.sessions import summaries  # noqa: PLC0415  only where there was a rehearsal

    for title, lines in summaries(config, config.stash.get(_SHARED, None)):
        terminalreporter.section(title)
        for text, colour in lines:
            terminalreporter.write_line(text, **({colour: True} if colour else {}))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tells a worker of pytest-xdist where the session's folder is to be."""
    stash = node.config.stash
    if _SHARED not in stash:
        stash[_SHARED] = str(Path(tempfile.gettempdir()) / f"rolldeploy-{secrets.token_hex(8)}")
    node.workerinput["rolldeploy_session"] = stash[_SHARED]
    node.workerinput["rolldeploy_owner"] = os.getpid()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Removes everything that the session still holds."""
    if not _is_used(config):
        return
    from harness.sessions import end_session  # noqa: PLC0415  only where there was a rehearsal

    end_session(config, config.stash.get(_SHARED, None))


def _is_used(config: pytest.Config) -> bool:
    """Whether there is anything to tell or to clean up in this process."""
    return _STAGE in config.stash or Path(config.stash.get(_SHARED, os.devnull)).is_dir()


def _explain_nothing(terminalreporter: Any, config: pytest.Config) -> None:
    """Says what is missing where there are settings and nothing else."""
    places = [Path(argument.split("::", 1)[0]) for argument in config.args]
    for folder in dict.fromkeys([*(place if place.is_dir() else place.parent for place in places), config.rootpath]):
        if (folder / "rolldeploy.toml").is_file():
            terminalreporter.write_line(
                f"rolldeploy: {folder / 'rolldeploy.toml'} is there, but no journey was collected: write a generator "
                "function with @journey (from harness import journey) into a test_*.py below it"
            )
            return


def _stage(config: pytest.Config) -> Stage:
    stage = config.stash.get(_STAGE, None)
    if stage is None:
        from harness.items import Stage  # noqa: PLC0415  only where there is a journey

        stage = config.stash[_STAGE] = Stage(config)
    return stage
