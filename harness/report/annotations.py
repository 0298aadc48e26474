"""What failed, or would but for a waiver, on the migration's own line: workflow commands, SARIF and GitLab."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import msgspec

from harness.evidence.identity import plain_text
from harness.report.findings import Group, Trouble, find_troubles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from harness.report.document import Document, StepRecord

#: GitHub shows no more of a message, and GitLab a line of it.
_LONGEST = 4_000
#: Name of the rule behind what journeys show; checks have their own.
_JOURNEYS = "journey"
_SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_SETTINGS = "rolldeploy.toml"
#: What deserves a line in the migration's file.
_TOLD = frozenset({Group.FAILS, Group.WAIVED, Group.KNOWN})
_HOME = "https://pypi.org/project/pytest-rolldeploy/"


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a migration stands in the repository.

    Args:
        path: From the repository's folder, with slashes.
        line: From 1.
    """

    path: str
    line: int = 1


@dataclass(frozen=True, kw_only=True)
class Annotation:
    """One finding that fails, and where it is to be shown.

    Args:
        rule: The check that found it, or ``journey``.
        rule_title: What it asks.
        step: Where it shows.
        place: The migration's line; None for what no migration did.
        title: Step and actors.
        message: What happened, why, and what to do instead.
        transient: Whether it recovered without help.
        fingerprint: The same in every run that finds the same.
        accepted: Why it fails nothing for now: by a waiver, or because the baseline has it; or the empty string.
        expired: Since when it is accepted no more, in a sentence; or the empty string.
        items: How many failed tests show it.
        more: How many other findings of the same step fail.
        more_accepted: How many others of it do not.
        all_items: How many tests of the step fail.
    """

    rule: str
    rule_title: str
    step: str
    place: Place | None
    title: str
    message: str
    transient: bool
    fingerprint: str
    accepted: str = ""
    expired: str = ""
    items: int = 1
    more: int = 0
    more_accepted: int = 0
    all_items: int = 0

    @property
    def told(self) -> str:
        """The message, and that it is accepted."""
        return f"{self.message}\n{self.accepted}" if self.accepted else self.message

    @property
    def said_of_more(self) -> str:
        """What else the step has, in a sentence; nothing where there is nothing."""
        fail = f"{_count(self.more, 'more finding')} that fail{'s' * (self.more == 1)}" if self.more else ""
        fail += f" ({_count(self.all_items, 'failed test')} in all)" if self.more else ""
        accepted = f"{self.more_accepted} {'' if fail else 'more '}accepted" if self.more_accepted else ""
        told = ", ".join(filter(None, (fail, accepted)))
        return f"at this step: {told}" if told else ""


def annotate(documents: Iterable[Document], find: Callable[[StepRecord, str], Place | None]) -> tuple[Annotation, ...]:
    """Every finding that fails, or would but for a waiver or the baseline, worst first.

    Args:
        documents: The reports.
        find: Looks for a step's line in its file, by words of the finding.
    """
    found = [
        _annotation(document, trouble, find)
        for document in documents
        for trouble in find_troubles(document)
        if trouble.group in _TOLD
    ]
    seen: Counter[str] = Counter()
    return tuple(_named_apart(one, seen) for one in found)


def _named_apart(one: Annotation, seen: Counter[str]) -> Annotation:
    """Another name where one before has the same: one finding is told twice where it recovers in one journey alone."""
    seen[one.fingerprint] += 1
    count = seen[one.fingerprint]
    return one if count == 1 else replace(one, fingerprint=_digest(one.fingerprint, str(count)))


def _digest(*texts: str) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:32]


def worst_of_each_step(annotations: Sequence[Annotation]) -> tuple[Annotation, ...]:
    """The first of each step, which tells how many more there are.

    Args:
        annotations: Worst first.
    """
    first: dict[tuple[str, str], Annotation] = {}
    others: dict[tuple[str, str], list[Annotation]] = {}
    for one in annotations:
        key = (one.place.path if one.place else "", one.step)
        if key in first:
            others[key].append(one)
        else:
            first[key], others[key] = one, []
    return tuple(
        replace(
            one,
            more=sum(not other.accepted for other in others[key]),
            more_accepted=sum(bool(other.accepted) for other in others[key]),
            all_items=_count_items([one, *others[key]]),
        )
        for key, one in first.items()
    )


def _count_items(annotations: Sequence[Annotation]) -> int:
    """How many tests fail: a check is one of them, however much it finds at a step."""
    failing = [one for one in annotations if not one.accepted]
    checks = {one.rule for one in failing if one.rule != _JOURNEYS}
    return sum(one.items for one in failing if one.rule == _JOURNEYS) + len(checks)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _annotation(document: Document, trouble: Trouble, find: Callable[[StepRecord, str], Place | None]) -> Annotation:
    step = next((step for step in document.steps if step.label == trouble.guilty), None)
    rule = trouble.check.check if trouble.check is not None else _JOURNEYS
    sqlstates = f" (SQLSTATE {', '.join(trouble.sqlstates)})" if trouble.sqlstates else ""
    said = trouble.acceptance
    expired = said.text if said is not None and not said.holds else ""
    lines = [
        f"{trouble.headline}{' (and recovered by itself)' * trouble.transient}{sqlstates}",
        expired,
        f"why: {trouble.why}" if trouble.why else "",
        f"instead: {trouble.remedy}" if trouble.remedy else "",
    ]
    missed = (trouble.step, *trouble.places, plain_text(trouble.headline))  # an expectation, which is no finding
    return Annotation(
        rule=rule,
        rule_title=trouble.check.title if trouble.check is not None else "do users' stories go on across the step?",
        step=trouble.step,
        place=find(step, f"{trouble.why} {trouble.headline}") if step is not None and step.file else None,
        title=f"{trouble.step}, {', '.join(trouble.places)}",
        message="\n".join(filter(None, lines))[:_LONGEST],
        transient=trouble.transient,
        fingerprint=_digest(document.name, rule, *(trouble.ids[:1] or missed)),
        accepted=said.text if said is not None and said.holds else "",
        expired=expired,
        items=max(1, len(trouble.outcomes)),
    )


def render_commands(annotations: Sequence[Annotation]) -> str:
    """GitHub's workflow commands, at most one for each step, worst first.

    Args:
        annotations: Worst first.
    """
    return "".join(_command(one) for one in worst_of_each_step(annotations))


def _command(one: Annotation) -> str:
    """Escaped as GitHub's own toolkit does it (``@actions/core``, ``command.ts``)."""
    properties = {"title": f"rolldeploy: {one.title}"}
    if one.place is not None:
        properties = {"file": one.place.path, "line": str(one.place.line), **properties}
    told = ",".join(f"{key}={_escape_property(value)}" for key, value in properties.items())
    more = f"\n{one.said_of_more}" if one.said_of_more else ""
    command = "notice" if one.accepted else "warning" if one.transient else "error"
    return f"::{command} {told}::{_escape(one.told + more)}\n"


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape(text).replace(":", "%3A").replace(",", "%2C")


def render_sarif(annotations: Sequence[Annotation], version: str) -> str:
    """SARIF 2.1.0, for code scanning.

    Args:
        annotations: Worst first.
        version: Of the harness.
    """
    rules = {one.rule: one.rule_title for one in annotations}
    driver = {
        "name": "pytest-rolldeploy",
        "version": version,
        "informationUri": _HOME,
        "rules": [{"id": rule, "shortDescription": {"text": title}} for rule, title in rules.items()],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_sarif_result(one, list(rules)) for one in annotations],
    }
    return _json({"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [run]})


def _sarif_result(one: Annotation, rules: list[str]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": one.rule,
        "ruleIndex": rules.index(one.rule),
        "level": "warning" if one.transient else "error",
        "message": {"text": f"{one.title}: {one.message}"},
        "partialFingerprints": {"rolldeploy/v1": one.fingerprint},
    }
    if one.accepted:  # SARIF 2.1.0, 3.35: "external" is what is said outside of the code
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": one.accepted}]
    if one.place is not None:
        where = {
            "artifactLocation": {"uri": _uri(one.place.path), "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": one.place.line},
        }
        result["locations"] = [{"physicalLocation": where}]
    return result


def _uri(path: str) -> str:
    """A path as a relative reference (RFC 3986): what is neither unreserved nor a slash is escaped."""
    kept = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/")
    return "".join(letter if letter in kept else "".join(f"%{byte:02X}" for byte in letter.encode()) for letter in path)


def render_code_quality(annotations: Sequence[Annotation]) -> str:
    """GitLab's code quality report.

    Args:
        annotations: Worst first.
    """
    return _json(list(_issues(annotations)))


def _issues(annotations: Sequence[Annotation]) -> Iterator[dict[str, Any]]:
    for one in annotations:
        place = one.place or Place(path=_SETTINGS)  # GitLab takes no finding without a file
        yield {
            "description": f"{one.title}: {one.message.splitlines()[0]}"
            + (f" ({said})" if (said := one.accepted or one.expired) else ""),
            "check_name": f"rolldeploy/{one.rule}",
            "fingerprint": one.fingerprint,
            "severity": "info" if one.accepted else "major" if one.transient else "critical",
            "location": {"path": place.path, "lines": {"begin": place.line}},
        }


def _json(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"
