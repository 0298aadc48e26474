"""What may be said of an old release that runs already, and in one sentence with a line why something may not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.config import load_chain, load_settings
from harness.errors import MigrationError, SettingsError
from harness.model.release import HttpGet, Running
from harness.model.revision import History, Revision, cut_history

if TYPE_CHECKING:
    from pathlib import Path

    from harness.model.settings import Settings

TEXT = """\
[release]
serve = "run --port {port}"
ready = "/readyz"
env = { A = "{database}" }
[old]
source = "url:http://127.0.0.1:8000"
database = "shop"
role = "shop_app"
revision = "4c1b"
[new]
source = "."
"""


def load(folder: Path, text: str) -> Settings:
    (folder / "rolldeploy.toml").write_text(text, encoding="utf-8")
    return load_settings(folder / "rolldeploy.toml", default_name="shop")


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load(folder, text)
    return str(caught.value)


@pytest.mark.parametrize("address", ["http://127.0.0.1:8000", "http://localhost:8000/"])
def test_where_it_is_and_what_it_is_connected_to(tmp_path: Path, address: str) -> None:
    settings = load(tmp_path, TEXT.replace("http://127.0.0.1:8000", address))
    assert settings.old.running == Running(port=8000, database="shop", role="shop_app", revision="4c1b")
    assert settings.old.readiness.ask == HttpGet("/readyz")
    assert (settings.old.serve, settings.old.env) == ("", {})
    assert settings.new.running is None
    assert settings.strategy.replicas == 1


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("http://127.0.0.1:8000", "https://127.0.0.1:8000", "line 6, old.source: 'url:https://127.0.0.1:8000' is no"),
        ("http://127.0.0.1:8000", "http://127.0.0.1", "line 6, old.source: 'url:http://127.0.0.1' is no address like "),
        ("127.0.0.1:8000", "127.0.0.1:0", "line 6, old.source: 'url:http://127.0.0.1:0' is no address like "),
        ("127.0.0.1:8000", "127.0.0.1:80000", "line 6, old.source: 'url:http://127.0.0.1:80000' is no address like "),
        ("127.0.0.1:8000", "127.0.0.1:8000/api", "line 6, old.source: 'url:http://127.0.0.1:8000/api' is no address "),
        ("127.0.0.1:8000", "shop.example:80", "line 6, old.source: 'shop.example' may be another machine, and a rehe"),
        ("127.0.0.1:8000", "[::1]:8000", "line 6, old.source: '[::1]' may be another machine, and a rehearsal writes "),
        ('database = "shop"\n', "", "line 6, old.source: it runs already, and nothing is said of its database: add "),
        ('role = "shop_app"\n', "", "line 6, old.source: it runs already, and nothing is said of its role: add e.g. "),
        ('revision = "4c1b"\n', "", "line 6, old.source: it runs already, and nothing is said of its revision: add "),
        (
            '"shop"',
            '"postgres"',
            "line 7, old.database: 'postgres' cannot be the database of an application: like app",
        ),
        ('"shop"', '"a b"', "line 7, old.database: 'a b' cannot be the database of an application: like app"),
        ('"shop_app"', '"pg_monitor"', "line 8, old.role: 'pg_monitor' cannot be the role of an application: like app"),
        ('role = "shop', 'boot = "x"\nrole = "shop', "line 8, old.boot: it means nothing for a release that runs alre"),
        ("url:http://127.0.0.1:8000", "git:main", "line 7, old.database: it is of a release that runs already: remov"),
        ('source = "."', 'source = "url:http://127.0.0.1:1"', "line 11, new.source: 'url:http://127.0.0.1:1' already "),
        (
            "[new]",
            '[migrations]\nsql = "sql"\n[new]',
            "line 11, migrations.sql: with an old release that runs already ",
        ),
        ("[new]", '[migrations]\ndjango = "manage.py"\n[new]', "line 11, migrations.django: with an old release that "),
        ("[new]", "[strategy]\nreplicas = 2\n[new]", "line 11, strategy.replicas: with an old release that runs alrea"),
        ("[new]", '[database]\napp_role = "restricted"\n[new]', "line 11, database.app_role: with an old release that"),
        ("[new]", '[[task]]\nname = "a"\ncommand = "b"\n[new]', "line 10, task.1: with an old release that runs alrea"),
        ('ready = "/readyz"', 'ready = { log = "up" }', "line 3, release.ready: a release that runs already is asked "),
    ],
)
def test_what_cannot_be_is_refused_with_its_line(tmp_path: Path, before: str, after: str, sentence: str) -> None:
    assert before in TEXT
    assert refusal(tmp_path, TEXT.replace(before, after, 1)).startswith(f"rolldeploy.toml, {sentence}")


def test_one_replica_may_be_said(tmp_path: Path) -> None:
    assert load(tmp_path, f"{TEXT}[strategy]\nreplicas = 1\n").strategy.replicas == 1


@pytest.mark.parametrize("table", ["[new]", "[release]"])
def test_only_the_old_release_has_these_keys(tmp_path: Path, table: str) -> None:
    assert "unknown key 'revision'" in refusal(tmp_path, TEXT.replace(table, f'{table}\nrevision = "1"'))


def test_no_release_of_a_chain_runs_already(tmp_path: Path) -> None:
    text = '[release]\nserve = "a"\nready = "/"\n[[chain]]\nname = "a"\nsource = "url:http://127.0.0.1:1"\n'
    (tmp_path / "rolldeploy.toml").write_text(f'{text}[[chain]]\nname = "b"\nsource = "."\n', encoding="utf-8")
    with pytest.raises(SettingsError, match="already runs, and a release of a chain has to be started: name its code"):
        load_chain(tmp_path / "rolldeploy.toml", default_name="shop")


def history() -> History:
    """Two branches behind the base, one of which goes on."""
    downs = {"a": (), "b": ("a",), "c": ("a",), "d": ("b",)}
    return History(revisions=tuple(Revision(id=one, down=down) for one, down in downs.items()), heads=("c", "d"))


@pytest.mark.parametrize(("head", "kept"), [("a", "a"), ("b", "ab"), ("c", "ac"), ("d", "abd")])
def test_it_has_what_the_new_release_has_up_to_its_revision(head: str, kept: str) -> None:
    cut = cut_history(history(), head)
    assert ("".join(revision.id for revision in cut.revisions), cut.heads) == (kept, (head,))


def test_a_revision_that_the_new_release_has_not_is_refused() -> None:
    with pytest.raises(MigrationError, match=r"no revision 'e', which revision = under \[old\] .* head is c, d"):
        cut_history(history(), "e")
