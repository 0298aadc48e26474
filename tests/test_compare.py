"""``rolldeploy diff`` and ``rolldeploy merge``: what they print, what they write, and how they end."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
import pytest
from evidence.builders import ORDER, STOCK, at, failed_twice, make_plan
from report.documents import make_document
from report.test_merging import Other, shard

from harness.cli import main
from harness.evidence.journal import JOURNAL_NAME, write_journal
from harness.model.cell import Actor
from harness.model.events import Ended, Started
from harness.plan.codec import PLAN_NAMES, encode_plan
from harness.report.document import REPORT_FORMAT, REPORT_NAME, encode_document, read_document
from harness.report.judging import judge_run

if TYPE_CHECKING:
    from pathlib import Path

    from harness.report.document import Document
    from harness.report.merging import Shard

GOOD = make_document(events=(Ended(duration_s=1.0),), expected=())
BAD = make_document()
WORSE, TROUBLE = 1, 2


def write(path: Path, document: Document) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode_document(document))
    return str(path)


@pytest.fixture
def pair(tmp_path: Path) -> tuple[str, str]:
    """A good report and a bad one."""
    return write(tmp_path / "good.json", GOOD), write(tmp_path / "bad.json", BAD)


def test_diff_ends_by_whether_anything_got_worse(pair: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = pair
    assert main(["diff", good, bad]) == WORSE
    assert "0003_third-old-warm    pass -> fail  order" in capsys.readouterr().out
    assert main(["diff", bad, good]) == 0
    told = capsys.readouterr().out
    assert "better 22" in told
    assert "worse" not in told
    assert main(["diff", bad, bad]) == 0
    assert main(["diff", good, bad, "--format", "json"]) == WORSE
    capsys_out = capsys.readouterr().out
    assert json.loads(capsys_out[capsys_out.index("{") :])["counts"]["worse"] == 6
    assert main(["diff", good, bad, "--format", "markdown"]) == WORSE
    assert capsys.readouterr().out.startswith("### orders: 6 worse, 0 better, ")


def test_diff_takes_folders_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "a" / "orders" / REPORT_NAME, GOOD)
    write(tmp_path / "b" / REPORT_NAME, BAD)
    assert main(["diff", str(tmp_path / "a"), str(tmp_path / "b")]) == WORSE
    write(tmp_path / "a" / "stock" / REPORT_NAME, msgspec.structs.replace(GOOD, name="stock"))
    capsys.readouterr()
    assert main(["diff", str(tmp_path / "a"), str(tmp_path / "b")]) == TROUBLE
    assert "has 2 reports, of orders, stock: name the folder of one of them" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "No such file or directory"),
        (b"{", "is no report"),
        (b"[]", "is no report"),
        (b"\xff\xfe", "is no report"),
        (b'{"format": 2}', f"has format 2, and this release of the harness reads {REPORT_FORMAT}"),
        (b'{"some": "json"}', "is no report: it has no format"),
        (encode_document(msgspec.structs.replace(GOOD, name="stock")), "of orders, and the second of stock"),
    ],
)
def test_bad_input_of_diff_is_one_sentence(
    pair: tuple[str, str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    content: bytes | None,
    sentence: str,
) -> None:
    path = tmp_path / "other.json"
    if content is not None:
        path.write_bytes(content)
    assert main(["diff", pair[0], str(path)]) == TROUBLE
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n"), told.err.startswith("rolldeploy: ")) == ("", 1, True)
    assert sentence in told.err


def leave(folder: Path, one: Shard, *, ended: bool = True, error: str = "") -> str:
    """What pytest leaves below a folder that was given as ``--rolldeploy-report``."""
    place = folder / "orders"
    place.mkdir(parents=True)
    recording = one.recording
    events = [*recording.events[:-1], Ended(duration_s=4.0, error=error)]
    write_journal(place / JOURNAL_NAME, events)
    for plan, name in zip(recording.plans, PLAN_NAMES, strict=False):
        (place / name).write_bytes(encode_plan(plan))
    if ended:
        write(place / REPORT_NAME, judge_run(recording.plans, one.digests, events))
    return str(folder)


def merge(tmp_path: Path, *folders: str) -> int:
    return main(["merge", *folders, "--output", str(tmp_path / "whole")])


def test_merge_writes_the_report_of_the_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    warm = at(make_plan(3), 2, Actor.OLD_WARM)
    one = leave(tmp_path / "one", shard(ORDER))
    two = leave(tmp_path / "two", shard(STOCK, special=failed_twice(warm, STOCK)))
    path = tmp_path / "whole" / "orders" / REPORT_NAME
    for _ in range(2):  # what was merged before is written anew
        assert merge(tmp_path, one, f"{two}/orders") == 0
        assert capsys.readouterr().out == f"{path}: 2 shards, 2 journeys in 23 cells\n"
    whole = read_document(path)
    assert (whole.journeys, whole.journeys_left_out, len(whole.outcomes)) == ((ORDER, STOCK), (), 46)
    assert main(["report", str(tmp_path / "whole")]) == 0
    assert "2 journeys, " in capsys.readouterr().out
    assert main(["report", str(tmp_path / "whole"), "--format", "html"]) == 0
    assert "There is no timeline" in path.with_name("rolldeploy.html").read_text(encoding="utf-8")
    assert main(["diff", f"{tmp_path}/one", str(path)]) == WORSE


def test_merge_names_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = leave(tmp_path / "one", shard(ORDER))
    assert merge(tmp_path, one) == WORSE
    told = capsys.readouterr().out.splitlines()
    assert told[1:] == ["  missing     stock: no shard has its 23 cells"]
    two = leave(tmp_path / "two", shard(STOCK), ended=False, error="ReleaseError: old does not start\nmore")
    three = leave(tmp_path / "three", shard(STOCK), ended=False)
    assert merge(tmp_path, one, two, three) == WORSE
    told = capsys.readouterr().out.splitlines()
    assert told[1:] == [
        f"  stopped     {two}/orders: ReleaseError: old does not start",
        f"  stopped     {three}/orders: it was interrupted",
        "  missing     stock: no shard has its 23 cells",
    ]
    assert read_document(tmp_path / "whole" / "orders" / REPORT_NAME).journeys_left_out == (STOCK,)


def test_merge_names_what_was_done_twice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folders = [leave(tmp_path / "one", shard(ORDER, STOCK)), leave(tmp_path / "two", shard(STOCK))]
    assert merge(tmp_path, *folders) == 0
    assert "  repeated    stock: several shards had it; what went worst counts" in capsys.readouterr().out


def renamed(one: Shard, name: str) -> Shard:
    begun, *rest = one.recording.events
    assert isinstance(begun, Started)
    return replace(one, recording=replace(one.recording, events=(replace(begun, name=name), *rest)))


def test_bad_input_of_merge_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = leave(tmp_path / "one", shard(ORDER))
    other = leave(tmp_path / "other", shard(STOCK, other=Other(steps=2, split=2)))
    stranger = leave(tmp_path / "stranger", renamed(shard(STOCK), "stock"))
    stopped = leave(tmp_path / "stopped", shard(STOCK), ended=False, error="ReleaseError: no")
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to(one)
    write(tmp_path / "document" / "orders" / REPORT_NAME, GOOD)
    for folders, sentence in (
        ([one, other], "is no shard of the plan of"),
        ([one, stranger], "has no shard of a rehearsal that another folder has a shard of"),
        ([stopped], "no shard came to its end, so there is nothing to merge"),
        ([one, str(tmp_path / "nowhere")], "there is no folder"),
        ([one, str(tmp_path / "empty")], f"there is no {JOURNAL_NAME} in"),
        ([one, one], "have one and the same shard"),
        ([one, f"{other}/../one"], "name each shard once"),
        ([one, f"{one}/orders"], f"{one}/orders and {one} have one and the same shard, {one}/orders: name each"),
        ([one, str(tmp_path / "link")], "have one and the same shard"),
        ([one, str(tmp_path / "document")], "is merged from all that pytest left there"),
    ):
        assert merge(tmp_path, *folders) == TROUBLE, folders
        told = capsys.readouterr()
        assert (told.out, told.err.count("\n")) == ("", 1)
        assert sentence in told.err
    assert not (tmp_path / "whole").exists()


def test_merge_writes_over_nothing_but_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = leave(tmp_path / "one", shard(ORDER))
    kept = (tmp_path / "one" / "orders" / REPORT_NAME).read_bytes()
    assert main(["merge", one, "-o", one]) == TROUBLE
    assert "holds no merged report: name another folder" in capsys.readouterr().err
    assert (tmp_path / "one" / "orders" / REPORT_NAME).read_bytes() == kept
