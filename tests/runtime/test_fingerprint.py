"""Two folders of the same code have one digest, whatever tools left in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.evidence.journal import JOURNAL_NAME
from harness.report.document import REPORT_NAME
from harness.runtime import fingerprint
from harness.runtime.fingerprint import REPORT_MARKS, digest_code, leave_out_folders

FILES = {"app.py": "app", "migrations/0001.sql": "create", "migrations/0002.sql": "alter"}
MADE = [
    ".env",
    ".cache/wheel.py",
    "__pycache__/app.pyc",
    "migrations/__pycache__/x.pyc",
    "web/node_modules/x.js",
    "env/pyvenv.cfg",
    "env/lib/x.py",
    f"reports/shop/{JOURNAL_NAME}",
    "reports/shop/logs/old.log",
    f"whole/shop/{REPORT_NAME}",
]


def write(root: Path, *made: str, **changed: str) -> Path:
    for name, text in {**FILES, **dict.fromkeys(made, "made"), **changed}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def listed(root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()]


def test_marks_are_what_is_written_into_reports() -> None:
    assert {JOURNAL_NAME, REPORT_NAME} == REPORT_MARKS


@pytest.mark.parametrize("made", MADE)
def test_what_tools_make_is_no_code(tmp_path: Path, made: str) -> None:
    plain = write(tmp_path / "plain")
    marks = [name for name in MADE if name.startswith(made.split("/", 1)[0])]
    other = write(tmp_path / "other", *marks)
    digests = {digest_code(root, names) for root in (plain, other) for names in (None, listed(root))}
    assert len(digests) == 1
    assert None not in digests


@pytest.mark.parametrize(
    "changed", [{"app.py": "App"}, {"migrations/0003.sql": ""}, {"app.py": "create", "migrations/0001.sql": "app"}]
)
def test_other_code_has_another_digest(tmp_path: Path, changed: dict[str, str]) -> None:
    plain, other = write(tmp_path / "plain"), write(tmp_path / "other", **changed)
    assert digest_code(plain, None) != digest_code(other, None)
    assert digest_code(plain, listed(plain)) != digest_code(other, listed(other))


def test_files_that_are_not_the_projects_do_not_count_nor_do_deleted_ones(tmp_path: Path) -> None:
    plain, other = write(tmp_path / "plain"), write(tmp_path / "other", "ignored.py")
    assert digest_code(plain, None) == digest_code(other, [*FILES, "deleted.py", "app.py"])


def test_a_folder_that_is_named_stands_for_its_files(tmp_path: Path) -> None:
    plain = write(tmp_path / "plain")
    assert digest_code(plain, None) == digest_code(plain, ["app.py", "migrations/"])


@pytest.mark.parametrize(("limit", "most"), [("_MOST_FILES", 2), ("_MOST_BYTES", 10)])
def test_too_much_has_no_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, most: int) -> None:
    monkeypatch.setattr(fingerprint, limit, most)
    root = write(tmp_path / "plain")
    assert digest_code(root, None) is None
    assert digest_code(root, listed(root)) is None


def test_a_file_that_cannot_be_read_gives_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    root = write(tmp_path / "plain")
    monkeypatch.setattr(Path, "open", refuse)
    assert digest_code(root, None) is None


def test_a_mark_where_all_names_begin_marks_nothing() -> None:
    names = ["app.py", JOURNAL_NAME, f"a/b/{JOURNAL_NAME}", "a/b/c/old.log", "a/other.py"]
    assert leave_out_folders(names, REPORT_MARKS) == ["app.py", JOURNAL_NAME, "a/other.py"]
