"""Where a release's code comes from: a folder, or a commit of the project's own repository."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest
from repositories import commit_all, git, worktrees

from harness.errors import SourceError
from harness.runtime.sources import resolve_source

if TYPE_CHECKING:
    from pathlib import Path

    from harness.runtime.reaper import Session
    from harness.runtime.sources import Source


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Two commits; the project is the folder ``services/shop``, which the first of them lacks."""
    where = tmp_path / "repository"
    where.mkdir()
    (where / "README").write_text("hello")
    commit_all(where, "first")
    git(where, "tag", "empty")
    (where / "services" / "shop").mkdir(parents=True)
    (where / "services" / "shop" / "app.py").write_text("old")
    commit_all(where, "second")
    git(where, "tag", "--annotate", "v1", "--message", "the first release")
    (where / "services" / "shop" / "app.py").write_text("new")
    return where


def test_a_folder_beside_the_settings(tmp_path: Path, reaper_session: Session) -> None:
    (tmp_path / "old").mkdir()
    source = resolve_source("old", tmp_path, reaper_session)
    assert (source.root, source.description) == (tmp_path / "old", "old")
    assert resolve_source(str(tmp_path / "old"), tmp_path, reaper_session).root == tmp_path / "old"
    assert reaper_session.ledger.left() == []


@pytest.mark.parametrize("given", ["older", "app.py"])
def test_no_folder(tmp_path: Path, reaper_session: Session, given: str) -> None:
    (tmp_path / "app.py").touch()
    with pytest.raises(SourceError, match=f"'{given}' does not exist: there is no folder {tmp_path / given}"):
        resolve_source(given, tmp_path, reaper_session)


@pytest.mark.parametrize("given", ["uri:http://localhost", "gti:main"])
def test_another_kind_of_source(tmp_path: Path, reaper_session: Session, given: str) -> None:
    with pytest.raises(
        SourceError, match=f"unknown kind of source '{given}': give a path, git:REF, pypi:NAME==VERSION or image:REF"
    ):
        resolve_source(given, tmp_path, reaper_session)


@pytest.mark.parametrize("pinned", ["shop==1.0", "Shop.core_x[postgres,web]==2!1.0rc1.post2+local"])
def test_a_package_of_an_index(tmp_path: Path, reaper_session: Session, pinned: str) -> None:
    source = resolve_source(f"pypi:{pinned}", tmp_path, reaper_session)
    assert (source.package, source.description) == (pinned, f"pypi:{pinned}")
    assert list(source.root.iterdir()) == []
    assert resolve_source(f"pypi:{pinned}", tmp_path, reaper_session).root != source.root
    reaper_session.release_all()
    assert not source.root.exists()


@pytest.mark.parametrize(
    "pinned", ["", "shop", "shop>=1.0", "shop==1.*", "shop==1.0 six", "--upgrade==1.0", "shop==1,<2"]
)
def test_a_package_without_an_exact_version(tmp_path: Path, reaper_session: Session, pinned: str) -> None:
    with pytest.raises(SourceError, match=r"names no release: give its exact version, as in pypi:NAME==1.2.3"):
        resolve_source(f"pypi:{pinned}", tmp_path, reaper_session)


@pytest.mark.parametrize("ref", ["main", "HEAD", "v1", "empty~0^{commit}", "commit"])
def test_a_commit_by_any_of_its_names(repository: Path, reaper_session: Session, ref: str) -> None:
    commit = git(repository, "rev-parse", "empty^{commit}" if ref.startswith("empty") else "main")
    given = commit[:12] if ref == "commit" else ref
    below = repository if ref.startswith("empty") else repository / "services" / "shop"
    source = resolve_source(f"git:{given}", below, reaper_session)
    missed = "" if ref.startswith("empty") else ", without 1 file that is not committed"
    assert source.description == f"git:{given} ({commit[:10]}{missed})"
    if below != repository:
        assert (source.root / "app.py").read_text() == "old"
        assert (below / "app.py").read_text() == "new"
    assert len(worktrees(repository)) == 2
    reaper_session.release_all()
    assert len(worktrees(repository)) == 1
    assert not source.root.exists()


def test_files_that_are_in_no_commit_are_told_of(repository: Path, reaper_session: Session) -> None:
    commit = git(repository, "rev-parse", "HEAD")[:10]
    git(repository, "checkout", ".")
    (repository / "__pycache__").mkdir()
    (repository / "__pycache__" / "app.cpython-311.pyc").write_text("compiled")
    assert resolve_source(".", repository, reaper_session).description == "."
    (repository / "0003.py").write_text("a migration")
    source = resolve_source(".", repository, reaper_session)
    assert (
        source.description == ". (with 1 file that is not committed: commit it, so that others can find this release)"
    )
    (repository / "0004.py").write_text("another one")
    source = resolve_source("git:HEAD", repository, reaper_session)
    assert source.description == f"git:HEAD ({commit}, without 2 files that are not committed)"
    assert source.head == repository
    source = resolve_source("git:HEAD~1", repository, reaper_session)  # whose files are others anyway
    assert "without" not in source.description
    assert source.head is None


def test_one_worktree_serves_both_names_of_a_commit(repository: Path, reaper_session: Session) -> None:
    roots = {resolve_source(f"git:{ref}", repository, reaper_session).root for ref in ("main", "HEAD", "v1")}
    assert len(roots) == 1
    assert len(worktrees(repository)) == 2


def test_a_branch_that_is_checked_out_elsewhere(repository: Path, reaper_session: Session, tmp_path: Path) -> None:
    git(repository, "worktree", "add", "--quiet", "-b", "next", str(tmp_path / "next"))
    source = resolve_source("git:next", repository, reaper_session)
    assert (source.root / "services" / "shop" / "app.py").read_text() == "old"
    reaper_session.release_all()
    assert (tmp_path / "next").is_dir()


@pytest.mark.parametrize("ref", ["mian", "origin/main", "--help", "main:README", ""])
def test_no_such_commit(repository: Path, reaper_session: Session, ref: str) -> None:
    with pytest.raises(SourceError, match=f"'git:{ref}' does not exist in {repository}: fetch it first") as caught:
        resolve_source(f"git:{ref}", repository, reaper_session)
    assert "\n" not in str(caught.value)
    assert len(worktrees(repository)) == 1


def test_a_shallow_clone(repository: Path, reaper_session: Session, tmp_path: Path) -> None:
    lost = git(repository, "rev-parse", "empty")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{repository}", str(clone))
    assert resolve_source("git:main", clone, reaper_session).root.is_dir()
    with pytest.raises(SourceError, match=r"this clone is shallow: .* fetch-depth: 0"):
        resolve_source(f"git:{lost}", clone, reaper_session)


@pytest.fixture
def branch(tmp_path: Path) -> Path:
    """``main`` went on to v2.0.0 after ``topic`` left it behind v1.10.0, whose tags do not sort as text."""
    where = tmp_path / "branch"
    where.mkdir()
    for tag in ("v1.9.0", "v1.10.0-rc1", "v1.10.0rc2", "v1.10.0", "fork", "v2.0.0"):
        (where / "app.py").write_text(tag)
        commit_all(where, tag)
        git(where, "tag", tag)
    git(where, "checkout", "--quiet", "-b", "topic", "fork")
    (where / "app.py").write_text("topic")
    commit_all(where, "topic")
    return where


def test_the_merge_base_of_a_branch(branch: Path, reaper_session: Session) -> None:
    source = resolve_source("git:merge-base(main)", branch, reaper_session)
    assert (source.root / "app.py").read_text() == "fork"
    assert source.description == f"git:merge-base(main) ({git(branch, 'rev-parse', 'fork')[:10]})"


def test_no_merge_base(branch: Path, reaper_session: Session) -> None:
    git(branch, "checkout", "--quiet", "--orphan", "other")
    commit_all(branch, "other")
    with pytest.raises(SourceError, match=f"'main' have no merge base in {branch}: they share no history"):
        resolve_source("git:merge-base(main)", branch, reaper_session)
    with pytest.raises(SourceError, match=r"'git:merge-base\(mian\)' does not exist in .*: fetch it first"):
        resolve_source("git:merge-base(mian)", branch, reaper_session)


def test_no_merge_base_in_a_shallow_clone(branch: Path, reaper_session: Session, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--depth", "1", "--no-single-branch", f"file://{branch}", str(clone))
    with pytest.raises(SourceError, match=r"have no merge base in .*: this clone is shallow: .* fetch-depth: 0"):
        resolve_source("git:merge-base(origin/main)", clone, reaper_session)


@pytest.mark.parametrize(
    ("pattern", "newest"),
    [("v*", "v1.10.0"), ("v1.9*", "v1.9.0"), ("v1.10.0?*", "v1.10.0rc2"), ("*-rc?", "v1.10.0-rc1")],
)
def test_the_newest_tag_behind_head(branch: Path, reaper_session: Session, pattern: str, newest: str) -> None:
    source = resolve_source(f"git:tag({pattern})", branch, reaper_session)
    assert (source.root / "app.py").read_text() == newest
    assert source.description == f"git:tag({pattern}) ({newest}, {git(branch, 'rev-parse', newest)[:10]})"


def test_a_tag_of_head_itself_is_the_old_release_once_something_was_changed(
    branch: Path, reaper_session: Session
) -> None:
    git(branch, "tag", "v1.11.0")
    assert "(v1.10.0, " in resolve_source("git:tag(v*)", branch, reaper_session).description
    (branch / "0002_next.py").touch()
    assert "(v1.11.0, " in resolve_source("git:tag(v*)", branch, reaper_session).description


#: What a pipeline and the harness leave in a checkout, and what only tests read.
LEFT = {
    "junit.xml": "",
    "comment.md": "",
    "conftest.py": "",
    ".cache/pip/x": "",
    ".cache/pip/x.py": "",
    ".tox/py312/lib/x.py": "",
    "__pycache__/app.cpython-312.pyc": "",
    "build/lib/app.py": "",
    "env/lib/x.py": "",
    "env/pyvenv.cfg": "",
    "report/shop/events.ndjson": "",
    "report/shop/logs/x.py": "",
    "rolldeploy.toml": "changed",
    "shop-waivers.toml": "",
    "test_shop.py": "",
    "vendor/site-packages/x.py": "",
}
#: What whoever works on the next release adds or changes.
WORK = {
    "app.py": "changed",
    "billing/models.py": "",
    "migrations/0002.rb": "",
    "migrations/0002.sql": "",
    "README.md": "changed",
}


@pytest.fixture
def build(branch: Path) -> Path:
    """The build of v1.11.0, behind v1.10.0."""
    (branch / "README.md").touch()
    (branch / "migrations").mkdir()
    (branch / "migrations" / "0001.rb").touch()
    (branch / "rolldeploy.toml").touch()
    commit_all(branch, "v1.11.0")
    git(branch, "tag", "v1.11.0")
    return branch


def find_old(folder: Path, session: Session, below: str = ".") -> Source:
    own = (folder / "rolldeploy.toml", folder / "shop-waivers.toml")
    return resolve_source("git:tag(v*)", folder, session, below, own)


@pytest.mark.parametrize("name", LEFT)
def test_what_a_build_leaves_makes_nothing_of_it(build: Path, reaper_session: Session, name: str) -> None:
    for other in [other for other in LEFT if other.split("/")[0] == name.split("/", maxsplit=1)[0]]:
        (build / other).parent.mkdir(parents=True, exist_ok=True)
        (build / other).write_text(LEFT[other])
    source = find_old(build, reaper_session)
    assert "(v1.10.0, " in source.description
    assert source.head is None


@pytest.mark.parametrize("name", WORK)
def test_whoever_works_on_a_tag_has_it_as_the_old_release(build: Path, reaper_session: Session, name: str) -> None:
    (build / name).parent.mkdir(exist_ok=True)
    (build / name).write_text(WORK[name])
    source = find_old(build, reaper_session)
    assert "(v1.11.0, " in source.description
    assert source.head == build


def test_a_file_that_is_gone_is_work_too(build: Path, reaper_session: Session) -> None:
    (build / "app.py").unlink()
    assert "(v1.11.0, " in find_old(build, reaper_session).description


def test_work_beside_the_settings_folder_counts_where_the_code_is_there(build: Path, reaper_session: Session) -> None:
    worker = build / "worker"
    worker.mkdir()
    assert "(v1.10.0, " in find_old(worker, reaper_session, "..").description
    (build / "app.py").write_text("changed")
    assert "(v1.11.0, " in find_old(worker, reaper_session, "..").description


def test_a_tag_of_head_itself_where_there_is_no_other(repository: Path, reaper_session: Session) -> None:
    git(repository, "checkout", "--quiet", "--", ".")
    assert "(v1, " in resolve_source("git:tag(v*)", repository / "services", reaper_session).description


@pytest.mark.parametrize("pattern", ["w*", "", "--help"])
def test_no_tag(branch: Path, reaper_session: Session, pattern: str) -> None:
    with pytest.raises(SourceError, match=f"no tag matches '{re.escape(pattern)}' behind HEAD in {branch}: fetch the"):
        resolve_source(f"git:tag({pattern})", branch, reaper_session)


def test_no_tag_in_a_shallow_clone(branch: Path, reaper_session: Session, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{branch}", str(clone))
    with pytest.raises(SourceError, match=r"no tag matches 'v\*' .*: this clone is shallow: .* fetch-depth: 0"):
        resolve_source("git:tag(v*)", clone, reaper_session)


def test_a_folder_that_will_be_gone_is_called_by_the_commit_and_the_path_in_it(
    repository: Path, reaper_session: Session
) -> None:
    commit = git(repository, "rev-parse", "HEAD")[:10]
    assert resolve_source("git:v1", repository, reaper_session).origin == f"git:v1 ({commit})"
    shop = repository / "services" / "shop"
    assert resolve_source("git:v1", shop, reaper_session).origin == f"services/shop of git:v1 ({commit})"
    assert resolve_source(".", shop, reaper_session).origin == ""


def test_the_project_lay_elsewhere(repository: Path, reaper_session: Session) -> None:
    with pytest.raises(SourceError, match="'git:empty' has no folder services/shop: the project lay elsewhere at"):
        resolve_source("git:empty", repository / "services" / "shop", reaper_session)


def test_code_that_is_in_another_folder_than_the_settings(repository: Path, reaper_session: Session) -> None:
    worker = repository / "worker"
    worker.mkdir()
    source = resolve_source("git:main", worker, reaper_session, "..")
    assert (source.root / "services").is_dir()
    assert resolve_source(".", worker, reaper_session, "..").root == repository
    assert resolve_source("git:main", worker, reaper_session, "../services").root == source.root / "services"
    with pytest.raises(SourceError, match=r"is outside of the repository .*: correct folder"):
        resolve_source("git:main", worker, reaper_session, "../..")


def test_no_repository(tmp_path: Path, reaper_session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(SourceError, match=f"{tmp_path} is in no git repository"):
        resolve_source("git:main", tmp_path, reaper_session)


@pytest.mark.parametrize("ref", ["main", "HEAD", "merge-base(main)", "tag(v*)"])
def test_a_repository_without_a_commit(tmp_path: Path, reaper_session: Session, ref: str) -> None:
    git(tmp_path, "init", "--quiet")
    with pytest.raises(SourceError) as caught:
        resolve_source(f"git:{ref}", tmp_path, reaper_session)
    assert str(caught.value) == (
        f"nothing is committed yet on the branch that is checked out in {tmp_path}, so that there is no 'git:{ref}': "
        "commit the old release there first, or name a folder with it by source"
    )


def test_a_branch_without_a_commit_beside_one_that_has_some(repository: Path, reaper_session: Session) -> None:
    commit = git(repository, "rev-parse", "HEAD")
    git(repository, "symbolic-ref", "HEAD", "refs/heads/begun")
    assert resolve_source("git:v1", repository, reaper_session).commit == commit
    with pytest.raises(SourceError, match=r"^nothing is committed yet on the branch .* there is no 'git:tag\(v\*\)'"):
        resolve_source("git:tag(v*)", repository, reaper_session)


def test_no_git(repository: Path, reaper_session: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SourceError, match="needs git, and there is no command git on PATH"):
        resolve_source("git:main", repository, reaper_session)


def test_a_hooks_environment_does_not_mislead(
    repository: Path, reaper_session: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Inside a hook git sets ``GIT_DIR`` and ``GIT_INDEX_FILE``, which point at whatever is being committed."""
    other = tmp_path / "other"
    shutil.copytree(repository, other)
    commit_all(other, "third")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    source = resolve_source("git:main", repository, reaper_session)
    assert (source.root / "services" / "shop" / "app.py").read_text() == "old"


@pytest.mark.parametrize("folder", ["rolldeploy-report", "a rïport"])
def test_reports_of_earlier_runs_are_no_files_of_a_release(
    repository: Path, reaper_session: Session, folder: str
) -> None:
    git(repository, "checkout", ".")
    before = resolve_source(".", repository, reaper_session)
    report = repository / folder / "shop"
    (report / "logs").mkdir(parents=True)
    for name in ("events.ndjson", "rolldeploy.json", "rolldeploy.html", "logs/old.log"):
        (report / name).write_text("a report")
    assert resolve_source(".", repository, reaper_session) == before
    assert before.description == "."
    (repository / folder / "0003.py").write_text("a migration")
    after = resolve_source(".", repository, reaper_session)
    assert after.description == ". (with 1 file that is not committed: commit it, so that others can find this release)"
    assert after.code != before.code


def test_code_is_known_by_its_files_or_its_commit_or_its_name(
    repository: Path, tmp_path: Path, reaper_session: Session
) -> None:
    shop = repository / "services" / "shop"
    code = resolve_source(".", shop, reaper_session).code
    commit_all(repository, "third")
    assert resolve_source(".", shop, reaper_session).code == code
    shutil.copytree(shop, tmp_path / "elsewhere")
    assert resolve_source("elsewhere", tmp_path, reaper_session).code == code
    (repository / ".gitignore").write_text("*.log")
    (shop / "ignored.log").touch()
    assert resolve_source(".", shop, reaper_session).code == code
    (shop / "app.py").write_text("newer")
    assert resolve_source(".", shop, reaper_session).code not in {code, None}
    assert resolve_source("git:HEAD", shop, reaper_session).code == git(repository, "rev-parse", "HEAD")
    assert resolve_source("pypi:shop==1.0", shop, reaper_session).code == "shop==1.0"
    assert resolve_source("image:shop:1.0", shop, reaper_session).code == "shop:1.0"
