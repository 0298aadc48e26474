"""Folders: one of each process's own, and one beside each database that is copied, removed and renamed with it."""

from __future__ import annotations

import socket
import stat
from typing import TYPE_CHECKING

import pytest

from harness.runtime.folders import Folders
from harness.runtime.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from harness.runtime.postgres import Server


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path / "folders")


def test_a_folder_of_ones_own_is_empty_at_each_start_and_nobody_elses(folders: Folders) -> None:
    first = folders.private("old-1")
    (first / "below").mkdir()
    (first / "below" / "lock").touch()
    assert stat.S_IMODE(first.stat().st_mode) == 0o700
    assert folders.private("old-2") != first
    assert folders.private("old-1") == first
    assert list(first.iterdir()) == []


def test_what_is_shared_stays_and_belongs_to_a_database(folders: Folders) -> None:
    (folders.shared("live") / "upload").write_text("a")
    assert (folders.shared("live") / "upload").read_text() == "a"
    assert list(folders.shared("lane").iterdir()) == []


def test_what_is_shared_goes_with_its_database(embedded_server: Server, folders: Folders) -> None:
    workspace = Workspace(embedded_server, "folders", folders=folders)
    workspace.create("seed")
    (folders.shared("seed") / "key").write_text("first")
    workspace.clone("seed", "live")
    (folders.shared("live") / "upload").write_text("later")
    assert (folders.shared("live") / "key").read_text() == "first"
    assert [path.name for path in folders.shared("seed").iterdir()] == ["key"]
    workspace.clone("seed", "live")
    assert [path.name for path in folders.shared("live").iterdir()] == ["key"], "put back to the earlier state"
    workspace.clone("seed", "parked")
    workspace.drop("live")
    assert list(folders.shared("live").iterdir()) == []
    workspace.rename("parked", "live")
    assert (folders.shared("live") / "key").read_text() == "first"
    workspace.close()


def test_a_copy_has_links_and_modes_and_leaves_out_sockets(folders: Folders) -> None:
    source = folders.shared("seed")
    (source / "below").mkdir()
    (source / "below" / "secret").write_text("s")
    (source / "below" / "secret").chmod(0o600)
    (source / "latest").symlink_to("below/secret")
    (source / "dangling").symlink_to("nowhere")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(source / "app.sock"))
        folders.copy("seed", "live")
    copied = folders.shared("live")
    assert sorted(path.name for path in copied.iterdir()) == ["below", "dangling", "latest"]
    assert (copied / "latest").readlink().as_posix() == "below/secret"
    assert stat.S_IMODE((copied / "below" / "secret").stat().st_mode) == 0o600


def test_nothing_is_left(folders: Folders, tmp_path: Path) -> None:
    folders.private("old-1")
    folders.shared("live")
    folders.close()
    assert list(tmp_path.iterdir()) == []
    folders.close()
