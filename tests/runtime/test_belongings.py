"""What placeholders stand for: folders, ports and secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.runtime.belongings import Belongings
from harness.runtime.folders import Folders
from harness.secrets import Redactor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PORTS = range(20000, 29999)


@pytest.fixture
def redact() -> Redactor:
    return Redactor()


@pytest.fixture
def make(tmp_path: Path, redact: Redactor) -> Iterator[Callable[[], Belongings]]:
    made = []

    def belongings() -> Belongings:
        made.append(Belongings(Folders(tmp_path / "folders"), redact, ports=PORTS, port_folder=tmp_path / "ports"))
        return made[-1]

    yield belongings
    for each in made:
        each.close()


def reserved(tmp_path: Path) -> set[str]:
    return {path.name for path in (tmp_path / "ports").iterdir()}


def test_each_process_has_ports_of_its_own_until_it_gives_them_back(
    make: Callable[[], Belongings], tmp_path: Path
) -> None:
    belongings = make()
    first = belongings.values("old-1", "live", ["port:grpc", "port:serve", "user"])
    second = belongings.values("old-2", "live", ["port:grpc"])
    assert set(first) == {"private", "shared", "port:grpc", "port:serve"}
    assert first["port:serve"] == str(belongings.port("old-1"))
    assert reserved(tmp_path) == {first["port:grpc"], first["port:serve"], second["port:grpc"]}
    assert len(reserved(tmp_path)) == 3
    belongings.give_back("old-1")
    assert reserved(tmp_path) == {second["port:grpc"]}
    belongings.close()
    assert reserved(tmp_path) == set()


def test_a_secret_is_the_same_for_all_and_another_one_in_each_rehearsal(make: Callable[[], Belongings]) -> None:
    belongings, other = make(), make()
    values = [belongings.values(who, "live", ["secret:key", "secret:salt"]) for who in ("old-1", "new-1")]
    assert values[0]["secret:key"] == values[1]["secret:key"] != values[0]["secret:salt"]
    assert len(values[0]["secret:key"]) == 64
    assert other.values("old-1", "live", ["secret:key"])["secret:key"] != values[0]["secret:key"]


def test_a_secret_is_taken_out_of_what_is_kept(make: Callable[[], Belongings], redact: Redactor) -> None:
    value = make().values("old-1", "live", ["secret:key"])["secret:key"]
    assert redact(f"signed with {value}") == "signed with ***"


def test_replicas_share_one_folder_for_each_database(make: Callable[[], Belongings]) -> None:
    belongings = make()
    old, new, other = (
        belongings.values(who, database, []) for who, database in (("old-1", "live"), ("new-1", "live"), ("x", "lane"))
    )
    assert old["shared"] == new["shared"] != other["shared"]
    assert len({old["private"], new["private"], other["private"]}) == 3
