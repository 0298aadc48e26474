"""Settings of more than two releases: what ``[[chain]]`` means, and what a bad one is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.config import load_chain
from harness.errors import SettingsError
from harness.model.settings import Expected
from harness.settings_source import key_lines

if TYPE_CHECKING:
    from pathlib import Path

    from harness.model.settings import Settings

SHARED = """\
[release]
serve = "run --port {port}"
ready = "/readyz"
env = { MODE = "all" }
"""
CHAIN = (
    SHARED
    + """\
[[chain]]
name = "v1"
source = "git:v1"
boot = "migrate"
[[chain]]
name = "v2"
source = "git:v2"
[chain.env]
MODE = "second"
[[chain]]
name = "v3"
source = "."
"""
)


def load(folder: Path, text: str, name: str = "rolldeploy.toml") -> tuple[Settings, ...]:
    (folder / name).write_text(text, encoding="utf-8")
    return load_chain(folder / name, default_name="shop")


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load(folder, text)
    sentence = str(caught.value)
    assert "\n" not in sentence
    return sentence


def test_each_two_that_follow_one_another_are_a_rehearsal(tmp_path: Path) -> None:
    first, second = load(tmp_path, CHAIN)
    assert (first.name, second.name) == ("shop/v1..v2", "shop/v2..v3")
    assert (first.old.source, first.new.source) == ("git:v1", "git:v2")
    assert (second.old.source, second.new.source) == ("git:v2", ".")
    assert {settings.old.name for settings in (first, second)} == {"old"}
    assert first.earlier == ()
    assert [(release.name, release.source) for release in second.earlier] == [("v1", "git:v1")]
    assert second.pair is not None
    assert second.pair.names == ("v1", "v2", "v3")


def test_an_entry_overrides_what_all_share(tmp_path: Path) -> None:
    first, second = load(tmp_path, CHAIN)
    assert (first.old.boot, first.new.boot) == ("migrate", None)
    assert [release.env["MODE"] for release in (first.old, first.new, second.new)] == ["all", "second", "all"]
    assert second.earlier[0].boot == "migrate"


def test_a_name_of_the_rehearsal_names_all_pairs(tmp_path: Path) -> None:
    assert [settings.name for settings in load(tmp_path, 'name = "club"\n' + CHAIN)] == ["club/v1..v2", "club/v2..v3"]


def test_a_chain_of_two_is_one(tmp_path: Path) -> None:
    [settings] = load(tmp_path, CHAIN.partition('[[chain]]\nname = "v3"')[0])
    assert settings.name == "shop/v1..v2"


def test_it_may_stand_in_pyproject(tmp_path: Path) -> None:
    text = CHAIN.replace("[release]", "[tool.rolldeploy.release]").replace("[[chain]]", "[[tool.rolldeploy.chain]]")
    text = text.replace("[chain.env]", "[tool.rolldeploy.chain.env]")
    assert load(tmp_path, text, "pyproject.toml")[0].new.env["MODE"] == "second"


def test_keys_of_an_array_are_found_by_entry() -> None:
    lines = key_lines(CHAIN)
    assert (lines["chain", "1", "boot"], lines["chain", "2", "env", "MODE"]) == (8, 13)
    assert (lines["chain",], lines["chain", "3"], lines["chain", "3", "source"]) == (5, 14, 16)


def test_an_inline_array_is_read_too(tmp_path: Path) -> None:
    """Written above all tables, and without a line for each entry."""
    text = 'chain = [{ name = "a", source = "a" }, { name = "b", source = "b" }]\n' + SHARED
    assert [settings.name for settings in load(tmp_path, text)] == ["shop/a..b"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            CHAIN.partition('[[chain]]\nname = "v2"')[0],
            "line 5, chain.1: one release is no chain: there is nothing that it replaces; add the next",
        ),
        (
            CHAIN.replace('"v3"', '"v1"'),
            "line 15, chain.3.name: 'v1' is the name of another release of the chain; give each a name of its own",
        ),
        (
            CHAIN.replace('"v2"', '"v.1"').replace('"v3"', '"v-1"'),
            "line 15, chain.3.name: 'v-1' is too like 'v.1' of the chain; give each a name of its own",
        ),
        (
            CHAIN.replace('"."', '"git:v1"'),
            "line 16, chain.3.source: 'git:v1' is the source of v1 too: nothing changes between them",
        ),
        (CHAIN + '[old]\nsource = "x"\n', "line 17, old: with [[chain]] each release but the last is old once: take"),
        (CHAIN + '[new]\nsource = "x"\n', "line 17, new: with [[chain]] each release but the last is old once: take"),
        (CHAIN.replace('name = "v2"\n', ""), "line 9, chain.2.name: missing: what the release is called in reports"),
        (CHAIN.replace('"v2"', '"V 2"'), "line 10, chain.2.name: 'V 2' is no name like v1 or 2024-05"),
        (CHAIN.replace('"v2"', '"v..2"'), "line 10, chain.2.name: 'v..2' is no name like v1"),
        (CHAIN.replace('"v2"', f'"{"v" * 25}"'), "is no name like v1 or 2024-05: up to 24 lower-case letters"),
        (CHAIN.replace('"v2"', '"new"'), "line 10, chain.2.name: 'new' is what reports call one of each two releases"),
        (CHAIN.replace('source = "git:v2"\n', ""), "says nothing of chain.2.source: add e.g. source = "),
        (
            CHAIN.replace("boot", "bot"),
            "unknown key 'bot' in [chain.1]: rolldeploy.toml, line 8 - did you mean 'boot'?",
        ),
        (CHAIN.replace('"migrate"', "3"), "line 8, chain.1.boot: expected"),
        (CHAIN.replace('"second"', "3"), "line 13, chain.2.env.MODE: expected `str`, got `int`"),
        (CHAIN.replace('"second"', '"{x}"'), "line 13, chain.2.env.MODE: unknown placeholder {x}"),
        (SHARED + "[chain]\n", "line 5, chain: it is an array: write [[chain]] above each release"),
        (
            CHAIN.replace("[[chain]]", "[[release]]").replace("[chain.env]", "").replace(SHARED, ""),
            "line 1, release: what all releases share stands in [release]; write each release of a chain into a",
        ),
        (
            CHAIN + '[migrations]\nsteps = ["1"]\ncommand = "migrate {revision}"\n',
            "line 18, migrations.steps: with [[chain]] nobody knows which steps lead to which release",
        ),
        (
            CHAIN + '[[task]]\nname = "fill"\ncommand = "fill"\n',
            "line 17, task.1: with [[chain]] nobody knows between which releases it is run",
        ),
        (
            CHAIN + '[expect.rollout]\nnew = "known"\n',
            'expect.rollout: each pair of the chain has it: say which, as in [expect."v2..v3-rollout"]',
        ),
        (CHAIN + '[expect."*"]\nold-boot = "known"\n', 'as in [expect."v2..v3-*"]'),
    ],
    ids=str,
)
def test_a_chain_that_is_none_is_told_so_in_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    assert sentence in refusal(tmp_path, text)


def test_what_is_expected_of_one_pair_is_so_of_no_other(tmp_path: Path) -> None:
    text = CHAIN + '[expect."v1..v2-rollout"]\nnew = "known"\n[expect."0003"]\nold-boot = "known too"\n'
    first, second = load(tmp_path, text)
    known = Expected(step="rollout", actor="new", reason="known", pair="v1..v2")
    anywhere = Expected(step="0003", actor="old-boot", reason="known too")
    assert first.expect == (known, anywhere)
    assert second.expect == (anywhere,)
    assert known.heading == 'expect."v1..v2-rollout"'
    assert anywhere.heading == 'expect."0003"'
