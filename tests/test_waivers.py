"""The file of waivers: what it may say, what is refused, and what a run of the harness adds to it."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from evidence.builders import CACHED_PLAN, NO_COLUMN, at, failed_twice, make_plan, not_ready, recovered
from report.documents import make_document

from harness.adopting import adopt, propose
from harness.config import load_settings
from harness.errors import ScenarioError, SettingsError
from harness.evidence.expectations import Result
from harness.model.cell import Actor, Status
from harness.model.finding import Finding
from harness.model.revision import Revision
from harness.model.rollout import Schedule
from harness.model.waiver import WAIVERS_NAME, Waiver, Waivers, expire
from harness.rehearsal import Listing
from harness.report.acceptance import accept
from harness.report.document import encode_document
from harness.settings_waivers import WaiverTable, read_waivers
from harness.waiving import Choice, read_known

if TYPE_CHECKING:
    from harness.model.events import Event
    from harness.report.document import Document

ROOT = Path(__file__).parent.parent
CHECKS = ["lock-wait", "full-scan"]
WHOSE = 'owner = "web"\nreason = "goes in March"\n'
PLAN = make_plan(2)
WARM, COLD = at(PLAN, 1, Actor.OLD_WARM), at(PLAN, 1, Actor.OLD_COLD)


def read(tmp_path: Path, text: str) -> tuple[Waiver, ...]:
    path = tmp_path / WAIVERS_NAME
    path.write_text(text, encoding="utf-8")
    return read_waivers(path, CHECKS)


def refusal(tmp_path: Path, text: str) -> str:
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, text)
    return str(caught.value)


def test_a_waiver_says_what_it_accepts_why_whose_and_until_when(tmp_path: Path) -> None:
    text = f"""
    [[waiver]]
    step = "0003"
    actor = "old-warm"
    journey = "an_order_is_kept"
    sqlstate = "42703"
    finding = "0123456789ab"
    status = "fail"
    until = 2026-12-31
    until_revision = "0009"
    {WHOSE}
    [[waiver]]
    check = "lock-wait"
    {WHOSE}
    """
    first, second = read(tmp_path, text)
    assert first == Waiver(
        number=1,
        reason="goes in March",
        owner="web",
        step="0003",
        actor="old-warm",
        journey="an_order_is_kept",
        sqlstate="42703",
        finding="0123456789ab",
        status="fail",
        until="2026-12-31",
        until_revision="0009",
    )
    assert first.end == "until 2026-12-31 or 0009 is deployed"
    assert (second.number, second.matches_on, second.end) == (2, "check lock-wait", "without end")


def test_a_reason_over_several_lines_is_told_in_one(tmp_path: Path) -> None:
    [waiver] = read(tmp_path, '[[waiver]]\nstep = "a"\nowner = " web\\t team "\nreason = """\ngoes\n  in March\n"""\n')
    assert (waiver.owner, waiver.reason) == ("web team", "goes in March")


@pytest.mark.parametrize(("escape", "name"), [("\\u001b[2J", "U+001B"), ("\\u202e", "U+202E"), ("\\u0000", "U+0000")])
def test_what_would_move_the_cursor_is_refused(tmp_path: Path, escape: str, name: str) -> None:
    text = f'[[waiver]]\nstep = "a"\nowner = "web"\nreason = "so{escape}"\n'
    assert f"line 4, waiver.1.reason: {name} in it cannot be printed: take it out" in refusal(tmp_path, text)


def test_an_empty_file_has_none(tmp_path: Path) -> None:
    assert read(tmp_path, "") == read(tmp_path, "# nothing yet\n") == ()


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ('step = "a"\nowner = "web"\n', "line 5, waiver.2.reason: missing: why the finding is accepted"),
        ('step = "a"\nreason = "so"\n', "line 5, waiver.2.owner: missing: who answers for it"),
        ('step = "a"\nowner = " "\nreason = "so"\n', "line 7, waiver.2.owner: it is empty: say something, or take"),
        (
            WHOSE,
            "line 5, waiver.2: it would accept every finding: say which, by one of step, actor, journey, sqlstate, ",
        ),
        (WHOSE + 'status = "fail"\n', "line 5, waiver.2: it would accept every finding"),
        (WHOSE + "until = 2026-12-31\n", "line 5, waiver.2: it would accept every finding"),
        (WHOSE + 'step = ""\n', "line 8, waiver.2.step: it is empty"),
        (WHOSE + "step = 3\n", "line 8, waiver.2.step: expected `str`, got `int`"),
        (WHOSE + 'stepp = "3"\n', "key 'stepp' in [waiver.2]: rolldeploy-waivers.toml, line 8 - did you mean 'step'"),
        (WHOSE + 'actor = "old"\ncheck = "lock-wait"\n', "waiver.2.actor: a check has no actor, so that nothing would"),
        (WHOSE + 'actor = "control"\n', "line 8, waiver.2.actor: 'control' is none of mixed, new, new-ahead, "),
        (WHOSE + 'check = "lock"\n', "line 8, waiver.2.check: 'lock' is none of full-scan, lock-wait"),
        (WHOSE + 'actor = "old"\nstatus = "pass"\n', "line 9, waiver.2.status: 'pass' is none of fail, transient"),
        (WHOSE + 'sqlstate = "4270"\n', "line 8, waiver.2.sqlstate: '4270' is no SQLSTATE like 42703"),
        (WHOSE + 'finding = "abc"\n', "line 8, waiver.2.finding: 'abc' is no id of a finding"),
        (WHOSE + 'step = "a"\nuntil = "2026-12-31"\n', "line 9, waiver.2.until: '2026-12-31' is no day: write it as"),
        (WHOSE + 'step = "a"\nuntil = 2026-12-31T10:00:00Z\n', "waiver.2.until: '2026-12-31 10:00:00+00:00' is no day"),
    ],
)
def test_what_has_no_meaning_is_refused_with_its_place(tmp_path: Path, entry: str, sentence: str) -> None:
    told = refusal(tmp_path, f'[[waiver]]\nactor = "old"\n{WHOSE}[[waiver]]\n{entry}')
    assert sentence in told
    assert told.count("rolldeploy-waivers.toml") == 1


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[waiver]\n" + WHOSE, "line 1, waiver: it is an array: write [[waiver]], with two brackets, above each entry"),
        ("waiver = [1]\n", "line 1, waiver.1: an entry is a table: write [[waiver]] above it"),
        ("[[waivers]]\n" + WHOSE, "unknown key 'waivers': rolldeploy-waivers.toml, line 1 - did you mean 'waiver'?"),
        ("= 1\n[[waiver]]\n", "is not valid TOML: "),
    ],
)
def test_what_is_no_file_of_waivers_is_refused(tmp_path: Path, text: str, sentence: str) -> None:
    assert sentence in refusal(tmp_path, text)


def test_a_day_that_does_not_exist_is_told_with_its_entry(tmp_path: Path) -> None:
    text = f'[[waiver]]\nstep = "a"\n{WHOSE}  [[ waiver ]]\nstep = "a"\nuntil = 2026-13-45\n[[waiver]]\n'
    told = refusal(tmp_path, text)
    assert "is not valid TOML: " in told
    assert told.endswith(", in [[waiver]] 2")


@pytest.mark.parametrize(
    ("until", "revision", "today", "since"),
    [
        ("2026-12-31", "", "2026-12-31", ""),
        ("2026-12-31", "", "2027-01-01", "on 2026-12-31"),
        ("", "0002", "2026-12-31", "with 0002, which the old release has"),
        ("", "0003", "2026-12-31", ""),
        ("2026-12-31", "0002", "2026-01-01", "with 0002, which the old release has"),
        ("", "", "9999-12-31", ""),
    ],
)
def test_a_waiver_holds_through_its_last_day_and_until_its_revision(
    until: str, revision: str, today: str, since: str
) -> None:
    waiver = Waiver(number=1, reason="so", owner="web", step="a", until=until, until_revision=revision)
    assert expire(waiver, today, frozenset({"0001", "0002"})) == since


@pytest.mark.parametrize("page", ["README.md", "docs/waivers.md"])
def test_what_the_documentation_shows_can_be_read(tmp_path: Path, page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    [example] = [block for block in re.findall(r"```toml\n(.*?)```", text, re.DOTALL) if "[[waiver]]" in block]
    assert read(tmp_path, example)[0].until == "2026-12-31"


def test_the_page_explains_every_key() -> None:
    text = (ROOT / "docs" / "waivers.md").read_text(encoding="utf-8")
    keys = re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)
    assert sorted(keys) == sorted(WaiverTable.__struct_fields__)


# --- which file is read, and for which releases


def make_listing(tmp_path: Path, base: frozenset[str] | None = frozenset({"0001"}), waivers: str = "") -> Listing:
    path = tmp_path / "rolldeploy.toml"
    named = f'waivers = "{waivers}"\n' if waivers else ""
    path.write_text(f'{named}[release]\nserve = "s {{port}}"\nready = "/"\n[old]\nsource="."\n[new]\nsource="n"\n')
    settings = load_settings(path, default_name="notes")
    return Listing(settings=settings, releases={}, revisions=(Revision(id="0002"),), schedule=Schedule(), base=base)


def known(tmp_path: Path, listing: Listing, **given: Any) -> Listing:
    choice = Choice(**{"folder": tmp_path, "root": tmp_path.parent, **given})
    [found] = read_known((listing,), choice)
    return found


def entry(**keys: str) -> str:
    return "[[waiver]]\n" + WHOSE + "".join(f"{key} = {value}\n" for key, value in keys.items())


def test_the_file_beside_the_settings_need_not_be_there(tmp_path: Path) -> None:
    found = known(tmp_path, make_listing(tmp_path)).waivers
    assert found == Waivers(file=f"{tmp_path.name}/{WAIVERS_NAME}", rehearsals=("notes",))


@pytest.mark.parametrize("by_option", [True, False])
def test_the_option_wins_over_the_setting_and_both_need_a_file(tmp_path: Path, by_option: bool) -> None:
    listing = make_listing(tmp_path, waivers="ops.toml")
    given = {"waivers": "mine.toml"} if by_option else {}
    with pytest.raises(SettingsError, match="No such file or directory"):
        known(tmp_path, listing, **given)
    (tmp_path / ("mine.toml" if by_option else "ops.toml")).write_text(entry(step='"0002"'))
    (tmp_path / WAIVERS_NAME).write_text("")
    found = known(tmp_path, listing, **given).waivers
    assert found is not None
    assert [waiver.step for waiver in found.entries] == ["0002"]
    assert known(tmp_path, make_listing(tmp_path, waivers="new.toml"), may_be_missing=True).waivers is not None


@pytest.mark.parametrize(("revision", "expired"), [("0001", True), ("0002", False)])
def test_a_revision_ends_a_waiver_once_the_old_release_has_it(tmp_path: Path, revision: str, expired: bool) -> None:
    (tmp_path / WAIVERS_NAME).write_text(entry(step='"0002"', until_revision=f'"{revision}"'))
    found = known(tmp_path, make_listing(tmp_path)).waivers
    assert found is not None
    assert [bool(waiver.expired) for waiver in found.entries] == [expired]


def test_a_day_that_is_over_ends_a_waiver(tmp_path: Path) -> None:
    (tmp_path / WAIVERS_NAME).write_text(entry(step='"a"', until="2001-01-01") + entry(step='"a"', until="2999-12-31"))
    found = known(tmp_path, make_listing(tmp_path)).waivers
    assert found is not None
    assert [waiver.expired for waiver in found.entries] == ["on 2001-01-01", ""]


@pytest.mark.parametrize(
    ("base", "sentence"),
    [
        (frozenset({"0001"}), "[[waiver]] 1, until_revision: neither release has a revision '0009'"),
        (None, "[[waiver]] 1, until_revision: the settings list the steps themselves"),
    ],
)
def test_a_revision_that_can_never_come_is_refused(tmp_path: Path, base: frozenset[str] | None, sentence: str) -> None:
    (tmp_path / WAIVERS_NAME).write_text(entry(step='"a"', until_revision='"0009"'))
    with pytest.raises(SettingsError) as caught:
        known(tmp_path, make_listing(tmp_path, base))
    assert sentence in str(caught.value)


def test_a_baseline_is_a_report_or_a_folder_of_reports(tmp_path: Path) -> None:
    document = msgspec.structs.replace(make_document(), name="notes")
    (tmp_path / "out" / "notes").mkdir(parents=True)
    (tmp_path / "out" / "notes" / "rolldeploy.json").write_bytes(encode_document(document))
    by_file = known(tmp_path, make_listing(tmp_path), baseline="out/notes/rolldeploy.json").baseline
    by_folder = known(tmp_path, make_listing(tmp_path), baseline="out").baseline
    assert by_file is not None
    assert by_folder is not None
    assert by_file.known == by_folder.known != ()
    other = known(tmp_path, replace(make_listing(tmp_path), settings=load_other(tmp_path)), baseline="out").baseline
    assert other is not None
    assert (other.found, other.known) == (False, ())


def load_other(tmp_path: Path) -> Any:
    return load_settings(tmp_path / "rolldeploy.toml", default_name="other")


# --- what is adopted


def document_of(*events: Event, file: str = WAIVERS_NAME, entries: tuple[Waiver, ...] = ()) -> Document:
    document = make_document(PLAN, events, expected=())
    return accept(document, Waivers(file=file, rehearsals=("orders",), entries=entries), None)


FAILS = (*recovered(WARM, sql=CACHED_PLAN), *failed_twice(COLD, sql=None))


def test_each_finding_is_adopted_by_what_is_the_same_in_every_run() -> None:
    assert [dict(keys) for keys, _ in propose(document_of(*FAILS))] == [
        {"step": "0001_first", "actor": "old-warm", "sqlstate": "0A000", "status": "transient"},
        {"step": "0001_first", "actor": "old-cold", "journey": "order"},
    ]
    dead = document_of(not_ready(COLD, "old-2"))
    [(keys, _)] = propose(dead)
    assert dict(keys)["finding"] == next(outcome.finding for outcome in dead.outcomes if outcome.finding)


def test_every_sqlstate_of_a_finding_is_adopted() -> None:
    refused = failed_twice(WARM, sql=CACHED_PLAN)[0], failed_twice(WARM, sql=NO_COLUMN)[1]
    found = document_of(*refused)
    codes = [dict(keys)["sqlstate"] for keys, _ in propose(found)]
    assert codes == ["0A000", NO_COLUMN.sqlstate]
    entries = tuple(
        Waiver(number=number, reason="so", owner="web", **dict(keys))
        for number, (keys, _) in enumerate(propose(found), 1)
    )
    assert list(propose(document_of(*refused, entries=entries))) == []
    assert list(propose(document_of(*refused, entries=entries[:1]))) != []


def test_each_finding_of_a_check_is_adopted_by_its_id() -> None:
    plain = document_of(*FAILS)
    found = tuple(Finding(headline=f"requests waited for {table}") for table in ("orders", "stock"))
    waits = msgspec.structs.replace(plain.checks[0], status=Status.FAIL, result=Result.FAILED, findings=found)
    document = accept(msgspec.structs.replace(plain, outcomes=(), checks=(waits,)), None, None)
    told = [(dict(keys), why) for keys, why in propose(document)]
    assert [why for _, why in told] == [finding.headline for finding in found]
    assert len({keys["finding"] for keys, _ in told}) == len(found)
    entries = tuple(Waiver(number=n, reason="so", owner="web", **keys) for n, (keys, _) in enumerate(told, 1))
    waived = accept(document, Waivers(file="w.toml", rehearsals=("orders",), entries=entries[:1]), None)
    assert [why for _, why in propose(waived)] == ["requests waited for stock"]


def test_entries_are_put_behind_what_is_there_and_accept_what_was_found(tmp_path: Path) -> None:
    path = tmp_path / WAIVERS_NAME
    path.write_text('# ours\n[[waiver]]\nstep = "x"\nowner = "a"\nreason = "b"', encoding="utf-8")
    [told] = adopt([document_of(*FAILS)], 'pay "ments"', tmp_path)
    assert told == f'wrote 2 waivers of pay "ments" to {WAIVERS_NAME}; from the next run on nothing of that fails'
    assert path.read_text().startswith('# ours\n[[waiver]]\nstep = "x"\nowner = "a"\nreason = "b"\n\n# ')
    entries = read_waivers(path, CHECKS)
    assert [waiver.owner for waiver in entries] == ["a", 'pay "ments"', 'pay "ments"']
    again = document_of(*FAILS, entries=entries)
    assert not [outcome for outcome in again.outcomes if outcome.result == "failed"]
    assert list(adopt([again], "payments", tmp_path)) == [f"there was nothing to be added to {WAIVERS_NAME}"]
    assert read_waivers(path, CHECKS) == entries


def test_the_file_is_named_from_where_the_command_was_given(tmp_path: Path) -> None:
    (tmp_path / "hazard").mkdir()
    files = [document_of(*FAILS, file="hazard/w.toml")]
    [told] = adopt(files, "payments", tmp_path, tmp_path / "hazard")
    assert told.startswith("wrote 2 waivers of payments to w.toml; from")
    assert (tmp_path / "hazard" / "w.toml").is_file()
    [told] = adopt(files, "payments", tmp_path, tmp_path / "elsewhere")
    assert told.startswith("wrote 2 waivers of payments to ../hazard/w.toml; from")


def test_a_new_file_says_what_it_is_and_is_the_same_each_time(tmp_path: Path) -> None:
    texts = set()
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        list(adopt([document_of(*FAILS)], "payments", tmp_path / name))
        texts.add((tmp_path / name / WAIVERS_NAME).read_text())
    [text] = texts
    assert text.startswith("# Findings that are accepted for now")
    assert len(tomllib.loads(text)["waiver"]) == 2


def test_what_has_expired_is_not_adopted_again(tmp_path: Path) -> None:
    expired = Waiver(number=1, reason="so", owner="web", actor="old-warm", expired="on 2026-12-31")
    [told] = adopt([document_of(*FAILS, entries=(expired,))], "payments", tmp_path)
    assert told.startswith(f"wrote 1 waiver of payments to {WAIVERS_NAME}")
    assert told.endswith("1 whose waivers have expired were left out: decide on them again")


def test_what_stands_in_one_array_takes_no_more(tmp_path: Path) -> None:
    text = 'waiver = [{ step = "x", owner = "a", reason = "b" }]\n'
    (tmp_path / WAIVERS_NAME).write_text(text)
    with pytest.raises(SettingsError, match="takes no more entries at its end"):
        list(adopt([document_of(*FAILS)], "payments", tmp_path))
    assert (tmp_path / WAIVERS_NAME).read_text() == text


def test_a_file_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"cannot write .*: No such file or directory"):
        list(adopt([document_of(*FAILS, file="nowhere/w.toml")], "payments", tmp_path))


def test_what_an_application_said_is_one_line_of_comment(tmp_path: Path) -> None:
    hostile = "gone\x00\n[[waiver]]\nactor = 'old'\u2028\x7f"
    list(adopt([document_of(not_ready(COLD, reason=hostile))], "payments", tmp_path))
    assert len(read_waivers(tmp_path / WAIVERS_NAME, CHECKS)) == 1
