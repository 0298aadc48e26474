"""A replica becomes ready, or one sentence says why not: it exited, it never answered, it answered something else."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from harness.errors import HarnessError
from harness.model.release import Command, FileThere, HttpGet, LogLine, Probe, Release, ReleaseName
from harness.plan.steps import Replica
from harness.runtime.ports import answers
from harness.runtime.process import Processes
from harness.runtime.replica import NotReadyError, RunningReplica, Start, start_replica
from harness.runtime.waiting import await_true, now
from harness.runtime.workplace import Workplace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.model.release import Ask
    from harness.runtime.reaper import Session

#: Answers from a list of statuses, the last one for ever, and counts its requests in a file.
SERVER = """
import http.server, pathlib, sys
port, statuses = int(sys.argv[1]), [int(word) for word in sys.argv[2].split(",")]
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        pathlib.Path("asked").open("a").write(self.path + "\\n")
        self.send_response(statuses.pop(0) if len(statuses) > 1 else statuses[0])
        self.end_headers()
print("serving", flush=True)
http.server.HTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""
#: Answers 500, and writes why once the answer is out, as uvicorn does; a log line in between each.
LATE = SERVER.replace(
    "print(",
    """
    def do_POST(self):
        self.send_response(500)
        self.end_headers()
        self.wfile.flush()
        for word in ("Traceback", self.path):
            time.sleep(0.02)
            print(word, flush=True)
print(""",
).replace("import http", "import time, http")
#: Never stops writing.
CHATTER = """
import threading, time
def chat():
    while True:
        print("chat", flush=True)
        time.sleep(0.01)
threading.Thread(target=chat, daemon=True).start()
"""
PERIOD = Probe(ask=HttpGet("/readyz"), period_s=1.0)
TIME_SCALE = 0.02


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture
def processes(reaper_session: Session) -> Iterator[Processes]:
    owned = Processes(reaper_session)
    yield owned
    owned.close()


@pytest.fixture
def start(processes: Processes, tmp_path: Path, port: int) -> Callable[..., RunningReplica]:
    (tmp_path / "server.py").write_text(SERVER)

    def started(serve: str, stay_ready_s: float = 0.0, **given: Any) -> RunningReplica:
        release: dict[str, Any] = {"readiness": PERIOD, "start_timeout_s": 10.0, "grace_s": 2.0, **given}
        return start_replica(
            Start(
                replica=Replica(name="old-1", release=ReleaseName.OLD, database="live", boot="boot" in given),
                release=Release(name=ReleaseName.OLD, source=".", serve=serve, **release),
                place=Workplace(
                    root=tmp_path,
                    python=sys.executable,
                    env={**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"},
                    log=tmp_path / "old-1.log",
                    processes=processes,
                    values={"private": str(tmp_path / "private")},
                ),
                port=port,
                time_scale=TIME_SCALE,
                within_s=float(release["start_timeout_s"]),
                stay_ready_s=stay_ready_s,
            )
        )

    return started


def asked(folder: Path) -> list[str]:
    return (folder / "asked").read_text().splitlines()


def test_it_is_ready_when_its_probe_succeeds(start: Callable[..., RunningReplica], tmp_path: Path, port: int) -> None:
    replica = start("python server.py {port} 503,404,500,302")
    assert asked(tmp_path) == ["/readyz"] * 4
    assert (replica.name, replica.port, replica.status) == ("old-1", port, None)
    assert 3 * TIME_SCALE <= replica.after_s < 10
    assert replica.stop() is False
    assert not answers(port)


def test_successes_must_come_in_a_row(start: Callable[..., RunningReplica], tmp_path: Path) -> None:
    probe = Probe(ask=HttpGet("/readyz"), period_s=1.0, success_threshold=3)
    start("python server.py {port} 200,200,503,200", readiness=probe).stop()
    assert len(asked(tmp_path)) == 6


def test_the_first_probe_can_wait(start: Callable[..., RunningReplica]) -> None:
    probe = Probe(ask=HttpGet("/readyz"), period_s=1.0, initial_delay_s=20.0)
    replica = start("python server.py {port} 200", readiness=probe)
    assert replica.after_s >= 20 * TIME_SCALE
    replica.stop()


def test_whoever_stays_ready_for_as_long_as_it_has_to_counts(start: Callable[..., RunningReplica]) -> None:
    replica = start("python server.py {port} 200", stay_ready_s=0.1)
    assert replica.status is None
    replica.stop()


def test_whoever_is_not_ready_any_more_a_little_later_never_counted(start: Callable[..., RunningReplica]) -> None:
    with pytest.raises(NotReadyError, match=r"was not ready any more within 0.1 s of .*: GET /readyz answered 503"):
        start("python server.py {port} 200,503", stay_ready_s=0.1)


def test_whoever_dies_a_little_later_never_counted(start: Callable[..., RunningReplica], tmp_path: Path) -> None:
    dying = "import os, threading; threading.Timer(0.6, os._exit, [4]).start()\n"
    (tmp_path / "dying.py").write_text(dying + SERVER)
    with pytest.raises(NotReadyError, match=r"exited with status 4 within 10 s of becoming ready"):
        start("python dying.py {port} 200", stay_ready_s=10.0)


def test_exited_before_it_was_ready(start: Callable[..., RunningReplica]) -> None:
    with pytest.raises(NotReadyError) as caught:
        start("sh -c 'echo no licence; exit 3'")
    assert caught.value.reason.startswith("exited with status 3 before it was ready (after 0.")
    assert caught.value.reason.endswith("of 10 s)")
    assert caught.value.log == ("no licence",)
    assert caught.value.signature == "serve exited with 3"


def test_killed_before_it_was_ready(start: Callable[..., RunningReplica]) -> None:
    with pytest.raises(NotReadyError, match=r"exited with status -9 before"):
        start("sh -c 'kill -9 $$'")


def test_not_listening_in_time(start: Callable[..., RunningReplica], port: int) -> None:
    with pytest.raises(NotReadyError) as caught:
        start("sh -c 'echo thinking; sleep 600'", start_timeout_s=0.3)
    assert (
        caught.value.reason
        == f"not ready after 0.3 s: nothing listens on port {port}; does serve take {{port}} or PORT?"
    )
    assert caught.value.log == ("thinking",)


def test_not_ready_in_time(start: Callable[..., RunningReplica], port: int) -> None:
    with pytest.raises(NotReadyError) as caught:
        start("python server.py {port} 503", start_timeout_s=1.5)
    assert caught.value.reason == "not ready after 1.5 s: GET /readyz answered 503"
    assert caught.value.log[-1].endswith('"GET /readyz HTTP/1.1" 503 -')
    assert not answers(port)


def test_boot_runs_first_and_once(start: Callable[..., RunningReplica]) -> None:
    replica = start("python server.py {port} 200", boot="echo booted {replica}")
    assert replica.tail()[:2] == ("booted old-1", "serving")
    replica.stop()


def test_the_log_of_a_request_is_its_own_though_it_is_written_behind_the_answer(
    start: Callable[..., RunningReplica], tmp_path: Path, port: int
) -> None:
    (tmp_path / "late.py").write_text(LATE)
    replica = start("python late.py {port} 200")
    for path in ("/first", "/second"):
        begin = replica.log_size()
        assert httpx.post(f"http://127.0.0.1:{port}{path}").status_code == 500
        lines = replica.tail_since(begin, await_rest=True)
        assert lines[-2:] == ("Traceback", path)
        assert sum("Traceback" in line for line in lines) == 1
    assert replica.tail_since(replica.log_size())[-1] == "/second"
    replica.stop()


def test_a_log_that_never_comes_to_rest_is_waited_for_no_longer_than_a_moment(
    start: Callable[..., RunningReplica], tmp_path: Path
) -> None:
    (tmp_path / "chatty.py").write_text(CHATTER + SERVER)
    replica = start("python chatty.py {port} 200")
    began = now()
    assert replica.tail_since(replica.log_size(), await_rest=True)[-1] == "chat"
    assert now() - began < 2
    replica.stop()


def test_boot_that_fails(start: Callable[..., RunningReplica], tmp_path: Path) -> None:
    with pytest.raises(NotReadyError) as caught:
        start("python server.py {port} 200", boot="sh -c 'echo no such revision; exit 255'")
    assert "exited with status 255" in caught.value.reason
    assert caught.value.reason.startswith("its boot command 'sh -c")
    assert caught.value.log == ("no such revision",)
    assert not (tmp_path / "asked").exists()


def test_boot_that_does_not_end(start: Callable[..., RunningReplica], reaper_session: Session) -> None:
    with pytest.raises(NotReadyError, match=r"its boot command 'sleep 600' did not end within 0\.3 s"):
        start("python server.py {port} 200", boot="sleep 600", start_timeout_s=0.3)
    assert reaper_session.ledger.left() == []


def test_health_takes_as_many_failures_as_the_threshold(start: Callable[..., RunningReplica], tmp_path: Path) -> None:
    replica = start("python server.py {port} 200,500,500,200")
    assert replica.ask_health() is None
    assert len(asked(tmp_path)) == 4
    replica.stop()


def test_a_lost_readiness_is_told(start: Callable[..., RunningReplica], tmp_path: Path) -> None:
    replica = start("python server.py {port} 200,500")
    assert replica.ask_health() == "readiness failed 3 times in a row: GET /readyz answered 500"
    assert len(asked(tmp_path)) == 4
    replica.stop()


def test_a_lost_liveness_is_told(start: Callable[..., RunningReplica], tmp_path: Path) -> None:
    live = Probe(ask=HttpGet("/livez"), period_s=1.0, failure_threshold=2)
    replica = start("python server.py {port} 200,200,500", liveness=live)
    assert replica.ask_health() == "liveness failed 2 times in a row: GET /livez answered 500"
    assert asked(tmp_path)[2:] == ["/livez", "/livez"]
    replica.stop()


def test_one_that_died_says_nothing(start: Callable[..., RunningReplica]) -> None:
    replica = start("python server.py {port} 200")
    replica.stop()
    assert (
        replica.ask_health() == "readiness failed 3 times in a row: GET /readyz got no answer (ConnectionRefusedError)"
    )
    assert replica.status is not None


def test_an_answer_that_takes_too_long_is_none(start: Callable[..., RunningReplica], tmp_path: Path) -> None:
    slow = SERVER.replace(
        "self.send_response(", "__import__('time').sleep(0.5 if not statuses[1:] else 0)\n        self.send_response("
    )
    (tmp_path / "slow.py").write_text(slow)
    probe = Probe(ask=HttpGet("/readyz"), period_s=1.0, timeout_s=0.1, failure_threshold=1)
    replica = start("python slow.py {port} 200,200", readiness=probe)
    assert replica.ask_health() == "readiness failed 1 times in a row: GET /readyz got no answer (TimeoutError)"
    replica.stop()


def test_somebody_elses_answer_is_not_taken_for_its_own(
    start: Callable[..., RunningReplica], processes: Processes, tmp_path: Path, port: int
) -> None:
    """Between the choice of a port and the replica's own bind, another process can take it."""
    other = tmp_path / "other"
    other.mkdir()
    stranger = processes.start(
        [sys.executable, str(tmp_path / "server.py"), str(port), "200"],
        cwd=other,
        env=dict(os.environ),
        log=other / "log",
    )
    while not answers(port):
        assert stranger.status is None
    with pytest.raises((NotReadyError, HarnessError)):
        start("sh -c 'sleep 0.5; exit 98'")


#: Speaks no HTTP: says when it is ready by a line and a file, and works until it is told not to.
WORKER = """
import pathlib, sys, time
print("starting", flush=True); time.sleep(0.2)
pathlib.Path("private").mkdir(exist_ok=True); pathlib.Path("private/ready").touch()
print("ready for jobs", flush=True)
while not pathlib.Path("stop").exists(): time.sleep(0.02)
"""


@pytest.fixture
def worker(start: Callable[..., RunningReplica], tmp_path: Path) -> Callable[..., RunningReplica]:
    (tmp_path / "worker.py").write_text(WORKER)

    def started(ask: Ask, **given: Any) -> RunningReplica:
        probe = Probe(ask=ask, period_s=1.0, timeout_s=5.0)
        return start("python worker.py", readiness=probe, **{"start_timeout_s": 10.0, **given})

    return started


@pytest.mark.parametrize(
    "ask",
    [LogLine("^ready for jobs$"), FileThere("{private}/ready"), Command("test -e {private}/ready")],
    ids=["log", "file", "command"],
)
def test_a_worker_is_ready_by_a_line_a_file_or_a_command(worker: Callable[..., RunningReplica], ask: Ask) -> None:
    replica = worker(ask)
    assert replica.after_s >= 0.2
    assert replica.ask_health() is None
    assert replica.tail()[:2] == ("starting", "ready for jobs")
    replica.stop()


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (LogLine("^never$"), "a line of its log like '^never$' was not written"),
        (FileThere("{private}/never"), "the file '{private}/never' is not there"),
        (Command("sh -c 'exit 7'"), "the command 'sh -c 'exit 7'' exited with status 7"),
    ],
    ids=["log", "file", "command"],
)
def test_a_worker_that_is_not_ready_in_time_is_told_by_what_was_asked(
    worker: Callable[..., RunningReplica], ask: Ask, sentence: str
) -> None:
    with pytest.raises(NotReadyError) as caught:
        worker(ask, start_timeout_s=0.6)
    assert caught.value.reason == f"not ready after 0.6 s: {sentence}"


def test_a_line_of_an_earlier_start_or_of_boot_is_not_its_own(
    worker: Callable[..., RunningReplica], tmp_path: Path
) -> None:
    (tmp_path / "old-1.log").write_text("ready for jobs\n")
    replica = worker(LogLine("^ready for jobs$"), boot="echo ready for jobs")
    assert replica.after_s >= 0.2
    replica.stop()


def test_a_command_that_does_not_end_is_no_answer(start: Callable[..., RunningReplica], tmp_path: Path) -> None:
    (tmp_path / "worker.py").write_text(WORKER)
    probe = Probe(ask=Command("sleep 600"), period_s=1.0, timeout_s=0.1)
    with pytest.raises(NotReadyError, match=r"the command 'sleep 600' did not end within 0\.1 s"):
        start("python worker.py", readiness=probe, start_timeout_s=0.5)


def test_a_worker_that_ended_is_not_alive_whatever_it_has_said(
    worker: Callable[..., RunningReplica], tmp_path: Path
) -> None:
    replica = worker(LogLine("^ready for jobs$"))
    (tmp_path / "stop").touch()
    await_true(lambda: replica.status is not None, timeout_s=10.0)
    assert replica.ask_health() == "exited with status 0"
    replica.stop()
