"""Ports: each replica has its own, and a port that answers already is refused."""

from __future__ import annotations

import socket
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from harness.errors import HarnessError
from harness.runtime.ports import HOST, answers, release_port, reserve_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def listener() -> Iterator[int]:
    with socket.create_server((HOST, 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def free() -> int:
    with socket.create_server((HOST, 0)) as server:
        return int(server.getsockname()[1])


def test_a_port_that_answers_is_refused(tmp_path: Path, listener: int) -> None:
    assert answers(listener)
    with pytest.raises(HarnessError, match=rf"port {listener} is in use: .* set ports = "):
        reserve_port(tmp_path, range(listener, listener + 1))


def test_an_engine_that_accepts_for_a_container_and_hangs_up_is_no_answer(listener: int) -> None:
    assert answers(listener, published=True)
    with socket.create_server((HOST, 0)) as engine:
        port = engine.getsockname()[1]

        def accept() -> None:
            for _ in range(2):
                engine.accept()[0].close()

        thread = threading.Thread(target=accept)
        thread.start()
        assert answers(port)
        assert not answers(port, published=True)
        thread.join()


def test_a_port_that_is_bound_and_does_not_listen_is_refused_too(tmp_path: Path) -> None:
    with socket.socket() as bound:
        bound.bind((HOST, 0))
        port = bound.getsockname()[1]
        assert not answers(port)
        with pytest.raises(HarnessError, match=f"port {port} is in use"):
            reserve_port(tmp_path, range(port, port + 1))


def test_the_next_port_is_taken_instead(tmp_path: Path, listener: int) -> None:
    ports = range(listener - 2, listener + 3)
    taken = [reserve_port(tmp_path, ports) for _ in range(2)]
    assert listener not in taken
    assert len(set(taken)) == 2


def test_a_range_that_others_have_in_part_is_too_small_as_well(tmp_path: Path, listener: int) -> None:
    ports = range(listener - 1, listener + 1)
    (tmp_path / str(listener - 1)).touch()  # as a worker of the session leaves it
    with pytest.raises(HarnessError, match=r"in use, 1 of them by processes of this rehearsal: .* is free and wider"):
        reserve_port(tmp_path, ports)


def test_a_port_is_given_once_until_it_is_released(tmp_path: Path, free: int) -> None:
    only = range(free, free + 1)
    assert reserve_port(tmp_path, only) == free
    with pytest.raises(
        HarnessError, match=rf"port {free} has a process of this rehearsal already, .* to a range that is wider"
    ):
        reserve_port(tmp_path, only)
    release_port(tmp_path, free)
    assert reserve_port(tmp_path, only) == free


def test_a_port_that_was_refused_is_given_when_it_is_free_again(tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(HarnessError):
            reserve_port(tmp_path, range(port, port + 1))
    assert reserve_port(tmp_path, range(port, port + 1)) == port


@pytest.mark.skipif(sys.platform != "linux", reason="abstract sockets are Linux' own")
def test_another_session_of_this_machine_does_not_get_it_either(tmp_path: Path, free: int) -> None:
    only = range(free, free + 1)
    assert reserve_port(tmp_path / "one", only) == free
    with pytest.raises(HarnessError):
        reserve_port(tmp_path / "other", only)
    release_port(tmp_path / "one", free)
    assert reserve_port(tmp_path / "other", only) == free
    release_port(tmp_path / "other", free)
