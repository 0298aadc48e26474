"""Follows what a client and PostgreSQL say to each other, to tell where something comes to last.

What is said is the frontend/backend protocol, version 3 (manual, "Frontend/Backend Protocol", "Message Flow" and
"Message Formats"): by simple queries, which libpq's users and psql send, or by parse, bind and execute, as asyncpg,
pg8000 and node-postgres do where there are parameters.
"""

from __future__ import annotations

from collections import deque

from harness.model.statement import ends_transaction, leaves_nothing

#: Messages of the client.
_QUERY, _PARSE, _BIND, _EXECUTE, _SYNC, _CALL = b"Q", b"P", b"B", b"E", b"S", b"F"
_COPIED = frozenset({b"c", b"f"})
#: Messages of the server.
_REFUSED, _DONE, _READY = b"E", b"C", b"Z"
#: What a transaction's end is told by.
_ROLLED_BACK = b"ROLLBACK"
_ENDED = frozenset({b"COMMIT", _ROLLED_BACK})
#: Transaction status in ReadyForQuery: there is none.
_IDLE = b"I"


class Conversation:
    """One session. Each method is told of a message before it is passed on; they are called one at a time."""

    def __init__(self) -> None:
        self._prepared: dict[bytes, str] = {}
        self._portals: dict[bytes, str] = {}
        #: Whether each of what was sent and is not answered yet may leave something.
        self._asked: deque[bool] = deque()
        self._asking = False
        self._copied = False
        self._pending = False
        self._tag = b""
        self._failed = False

    def says(self, kind: bytes, body: bytes) -> bool:
        """Follows a message of the client.

        Args:
            kind: Its first byte.
            body: What is behind its length.

        Returns:
            Whether it commits a transaction that may leave something.
        """
        if kind == _QUERY:
            text = _text(body)
            ends = self._ends(text)
            self._asked.append(not leaves_nothing(text))
            return ends
        if kind == _PARSE:
            name, _, rest = body.partition(b"\0")
            self._prepared[name] = _text(rest)
        elif kind == _BIND:
            portal, name, *_ = body.split(b"\0", 2)
            self._portals[portal] = self._prepared.get(name, "")
        elif kind == _EXECUTE:
            text = self._portals.get(body.partition(b"\0")[0], "")
            ends = self._ends(text)
            self._asking = self._asking or not leaves_nothing(text)
            return ends
        elif kind in _COPIED:
            self._copied = True
        elif kind in {_SYNC, _CALL}:
            # The one that was sent before what is copied was passed over (manual, "COPY Operations").
            before = self._copied and bool(self._asked) and self._asked.pop()
            self._asked.append(before or self._asking or kind == _CALL)
            self._asking = self._copied = False
        return False

    def hears(self, kind: bytes, body: bytes) -> bool:
        """Follows a message of the server.

        Args:
            kind: Its first byte.
            body: What is behind its length.

        Returns:
            Whether it tells that something was committed.
        """
        if kind == _REFUSED:
            self._failed = True
        elif kind == _DONE:
            self._tag = body.rstrip(b"\0")
        elif kind == _READY:
            return self._rests(body[:1])
        return False

    def _ends(self, text: str) -> bool:
        """Whether a statement commits what was sent so far."""
        return ends_transaction(text) and (self._pending or self._asking or any(self._asked))

    def _rests(self, status: bytes) -> bool:
        """Whether something was committed since the server was asked last."""
        asked = bool(self._asked) and self._asked.popleft()
        failed, tag = self._failed, self._tag
        self._failed, self._tag, self._copied = False, b"", False
        pending = self._pending or (asked and not failed)
        chained = tag in _ENDED  # COMMIT AND CHAIN begins another transaction at once
        self._pending = pending and status != _IDLE and not chained
        return pending and not failed and tag != _ROLLED_BACK and (status == _IDLE or chained)


def _text(body: bytes) -> str:
    return body.partition(b"\0")[0].decode("utf-8", "replace")
