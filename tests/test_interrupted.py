"""What fails while everything is taken down behind Ctrl-C is not what is told."""

from __future__ import annotations

from harness.rehearsal import was_interrupted


def failed_behind(error: BaseException) -> OSError:
    """What comes of an error behind which something else fails."""
    try:
        try:
            raise error
        finally:
            raise OSError(9, "Bad file descriptor")
    except OSError as failed:
        return failed


def test_what_ctrl_c_brought_about_is_told_from_what_failed_by_itself() -> None:
    assert was_interrupted(failed_behind(KeyboardInterrupt()))
    assert not was_interrupted(failed_behind(ValueError()))
    assert not was_interrupted(OSError(9, "Bad file descriptor"))
