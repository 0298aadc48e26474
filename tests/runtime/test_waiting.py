"""What is waited for is known as long as it lasts, from whichever thread."""

from __future__ import annotations

import threading

import pytest

from harness.runtime.waiting import Waits, now


def test_a_wait_is_told_as_long_as_it_lasts() -> None:
    waits, began = Waits(), now()
    with waits.on("old-1", "to be ready"), waits.on("old-1", "to be ready"), waits.on("old-2", "to end"):
        assert [(wait.who, wait.what) for wait in waits.open()] == [("old-1", "to be ready")] * 2 + [
            ("old-2", "to end")
        ]
        assert all(began <= wait.since <= now() for wait in waits.open())
    assert waits.open() == ()


def test_a_wait_that_fails_is_over() -> None:
    waits = Waits()
    with pytest.raises(TimeoutError), waits.on("old-1", "to be ready"):
        raise TimeoutError
    assert waits.open() == ()


def test_another_thread_sees_it() -> None:
    waits, entered, leave = Waits(), threading.Event(), threading.Event()

    def wait() -> None:
        with waits.on("new-1", "to end its boot command"):
            entered.set()
            leave.wait(10)

    thread = threading.Thread(target=wait)
    thread.start()
    assert entered.wait(10)
    assert [item.who for item in waits.open()] == ["new-1"]
    leave.set()
    thread.join(10)
    assert waits.open() == ()
