"""What a client and PostgreSQL say to each other tells where something comes to last."""

from __future__ import annotations

import pytest

from harness.runtime.postgres.conversation import Conversation

READY, OPEN, BROKEN = (b"Z", b"I"), (b"Z", b"T"), (b"Z", b"E")
REFUSED = (b"E", b"SERROR\0")


def query(text: str) -> tuple[bytes, bytes]:
    return b"Q", text.encode() + b"\0"


def parse(text: str, name: str = "") -> tuple[bytes, bytes]:
    return b"P", name.encode() + b"\0" + text.encode() + b"\0\0\0"


def bind(name: str = "", portal: str = "") -> tuple[bytes, bytes]:
    return b"B", portal.encode() + b"\0" + name.encode() + b"\0\0\0\0\0\0\0"


def execute(portal: str = "") -> tuple[bytes, bytes]:
    return b"E", portal.encode() + b"\0\0\0\0\0"


SYNC = (b"S", b"")


def done(tag: str) -> tuple[bytes, bytes]:
    return b"C", tag.encode() + b"\0"


class Talk:
    """A session, and the messages at which something came to last."""

    def __init__(self) -> None:
        self._conversation = Conversation()
        self.points: list[tuple[str, bytes]] = []

    def say(self, *messages: tuple[bytes, bytes]) -> None:
        self.points += [("says", kind) for kind, body in messages if self._conversation.says(kind, body)]

    def hear(self, *messages: tuple[bytes, bytes]) -> None:
        self.points += [("hears", kind) for kind, body in messages if self._conversation.hears(kind, body)]

    def ask(self, text: str, *answers: tuple[bytes, bytes]) -> None:
        self.say(query(text))
        self.hear(*answers)


@pytest.fixture
def talk() -> Talk:
    made = Talk()
    made.hear((b"R", b"\0\0\0\0"), (b"S", b"TimeZone\0UTC\0"), READY)
    return made


def test_a_statement_by_itself_has_come_to_last_when_the_server_is_ready(talk: Talk) -> None:
    talk.ask("ALTER TABLE notes ADD pinned bool", done("ALTER TABLE"), READY)
    talk.ask("SELECT 1", done("SELECT 1"), READY)
    assert talk.points == [("hears", b"Z")]


def test_a_transaction_comes_to_last_when_it_is_committed(talk: Talk) -> None:
    talk.ask("BEGIN", done("BEGIN"), OPEN)
    talk.ask("ALTER TABLE notes ADD pinned bool", done("ALTER TABLE"), OPEN)
    talk.ask("SELECT 1", done("SELECT 1"), OPEN)
    assert talk.points == []
    talk.ask("COMMIT", done("COMMIT"), READY)
    talk.ask("COMMIT", done("COMMIT"), READY)  # there is none any more
    assert talk.points == [("says", b"Q"), ("hears", b"Z")]


def test_one_that_begins_the_next_is_two(talk: Talk) -> None:
    talk.ask("BEGIN", done("BEGIN"), OPEN)
    for _ in range(2):
        talk.ask("DROP TABLE a", done("DROP TABLE"), OPEN)
        talk.ask("COMMIT AND CHAIN", done("COMMIT"), OPEN)
    talk.ask("ROLLBACK", done("ROLLBACK"), READY)
    assert talk.points == [("says", b"Q"), ("hears", b"Z")] * 2


def test_one_that_failed_is_not_committed_by_its_commit(talk: Talk) -> None:
    talk.ask("BEGIN", done("BEGIN"), OPEN)
    talk.ask("DROP TABLE a", done("DROP TABLE"), OPEN)
    talk.ask("DROP TABLE nowhere", REFUSED, BROKEN)
    talk.ask("COMMIT", done("ROLLBACK"), READY)
    talk.ask("SELECT 1", done("SELECT 1"), READY)
    assert ("hears", b"Z") not in talk.points


def test_rows_that_are_copied_have_one_answer(talk: Talk) -> None:
    """By the extended protocol, libpq syncs before the rows and behind them; the server answers once."""
    talk.say(parse("COPY notes FROM STDIN"), bind(), execute(), SYNC)
    talk.hear((b"1", b""), (b"2", b""), (b"G", b"\0\0\1\0\0"))
    talk.say((b"d", b"milk\n"), (b"c", b""), SYNC)
    talk.hear(done("COPY 1"), READY)
    assert talk.points == [("hears", b"Z")]
    talk.ask("SELECT 1", done("SELECT 1"), READY)
    talk.say(query("COPY notes FROM STDIN"))
    talk.hear((b"G", b"\0\0\1\0\0"))
    talk.say((b"d", b"milk\n"), (b"c", b""))
    talk.hear(done("COPY 1"), READY)
    assert talk.points == [("hears", b"Z")] * 2
    talk.say(parse("SELECT 1"), bind(), execute(), SYNC)
    talk.hear(done("SELECT 1"), READY)
    talk.ask("DROP TABLE a", done("DROP TABLE"), READY)
    assert talk.points == [("hears", b"Z")] * 3


@pytest.mark.parametrize("tag", ["COMMIT", "ROLLBACK"])
def test_a_transaction_that_only_reads_or_is_rolled_back_leaves_nothing(talk: Talk, tag: str) -> None:
    statement = "SELECT 1" if tag == "COMMIT" else "DROP TABLE notes"
    talk.ask("BEGIN", done("BEGIN"), OPEN)
    talk.ask(statement, done("SELECT 1"), OPEN)
    talk.ask(tag, done(tag), READY)
    talk.ask("SELECT 2", done("SELECT 1"), READY)
    assert talk.points == []


def test_what_is_refused_leaves_nothing(talk: Talk) -> None:
    talk.ask("DROP TABLE nowhere", REFUSED, READY)
    talk.ask("BEGIN", done("BEGIN"), OPEN)
    talk.ask("DROP TABLE nowhere", REFUSED, BROKEN)
    talk.ask("ROLLBACK", done("ROLLBACK"), READY)
    talk.ask("CREATE TABLE here ()", done("CREATE TABLE"), READY)
    assert talk.points == [("hears", b"Z")]


def test_one_query_of_several_statements_is_a_transaction(talk: Talk) -> None:
    talk.ask("BEGIN; DROP TABLE a; ROLLBACK", done("BEGIN"), done("DROP TABLE"), done("ROLLBACK"), READY)
    assert talk.points == []
    talk.ask("SELECT 1; DROP TABLE b", done("SELECT 1"), done("DROP TABLE"), READY)
    assert talk.points == [("hears", b"Z")]


def test_prepared_statements_are_known_by_their_names(talk: Talk) -> None:
    talk.say(parse("INSERT INTO notes VALUES ($1)", "keep"), parse("COMMIT", "end"), SYNC)
    talk.hear((b"1", b""), (b"1", b""), READY)
    assert talk.points == []
    talk.ask("BEGIN", done("BEGIN"), OPEN)
    for number in range(2):
        talk.say(bind("keep", f"c{number}"), execute(f"c{number}"), SYNC)
        talk.hear((b"2", b""), done("INSERT 0 1"), OPEN)
    talk.say(bind("end"), execute(), SYNC)
    talk.hear((b"2", b""), done("COMMIT"), READY)
    assert talk.points == [("says", b"E"), ("hears", b"Z")]


def test_a_pipeline_is_committed_as_its_messages_say(talk: Talk) -> None:
    """All is sent before the first answer comes."""
    for text in ("BEGIN", "DROP TABLE a", "COMMIT"):
        talk.say(parse(text), bind(), execute())
    talk.say(SYNC)
    talk.say(parse("DROP TABLE b"), bind(), execute(), SYNC)
    talk.hear(done("BEGIN"), done("DROP TABLE"), done("COMMIT"), READY, done("DROP TABLE"), READY)
    assert talk.points == [("says", b"E"), ("hears", b"Z"), ("hears", b"Z")]
