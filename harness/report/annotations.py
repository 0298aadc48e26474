"""What failed, or would but for a waiver, on the migration's own line: workflow commands, SARIF and GitLab."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

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
        more: How many other findings the same step has.
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
    more: int = 0

    @property
    def told(self) -> str:
        """The message, and that it is accepted."""
        return f"{self.message}\n{self.accepted}" if self.accepted else self.message


def annotate(documents: Iterable[Document], find: Callable[[StepRecord, str], Place | None]) -> tuple[Annotation, ...]:
    """Every finding that fails, or would but for a waiver or the baseline, worst first.

    Args:
        documents: The reports.
        find: Looks for a step's line in its file, by words of the finding.
    """
    return tuple(
        _annotation(document, trouble, find)
        for document in documents
        for trouble in find_troubles(document)
        if trouble.group in _TOLD
    )


def worst_of_each_step(annotations: Sequence[Annotation]) -> tuple[Annotation, ...]:
    """The first of each step, which tells how many more there are.

    Args:
        annotations: Worst first.
    """
    first: dict[tuple[str, str], Annotation] = {}
    count: dict[tuple[str, str], int] = {}
    for one in annotations:
        key = (one.place.path if one.place else "", one.step)
        first.setdefault(key, one)
        count[key] = count.get(key, 0) + 1
    return tuple(_with_more(one, count[key] - 1) for key, one in first.items())


def _with_more(one: Annotation, more: int) -> Annotation:
    return Annotation(**{**vars(one), "more": more})


def _annotation(document: Document, trouble: Trouble, find: Callable[[StepRecord, str], Place | None]) -> Annotation:
    step = next((step for step in document.steps if step.label == trouble.guilty), None)
    rule = trouble.check.check if trouble.check is not None else _JOURNEYS
    sqlstates = f" (SQLSTATE {', '.join(trouble.sqlstates)})" if trouble.sqlstates else ""
    said = trouble.acceptance
    lines = [
        said.text if said is not None and not said.holds else "",
        f"{trouble.headline}{' (and recovered by itself)' * trouble.transient}{sqlstates}",
        f"why: {trouble.why}" if trouble.why else "",
        f"instead: {trouble.remedy}" if trouble.remedy else "",
    ]
    identity = "\n".join([document.name, trouble.step, *trouble.places, rule, *trouble.sqlstates, trouble.why])
    return Annotation(
        rule=rule,
        rule_title=trouble.check.title if trouble.check is not None else "do users' stories go on across the step?",
        step=trouble.step,
        place=find(step, f"{trouble.why} {trouble.headline}") if step is not None and step.file else None,
        title=f"{trouble.step}, {', '.join(trouble.places)}",
        message="\n".join(filter(None, lines))[:_LONGEST],
        transient=trouble.transient,
        fingerprint=hashlib.sha256(identity.encode()).hexdigest()[:32],
        accepted=said.text if said is not None and said.holds else "",
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
    more = f"\n{one.more} more finding{'s' * (one.more > 1)} at this step" if one.more else ""
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
            + (f" ({one.accepted})" if one.accepted else ""),
            "check_name": f"rolldeploy/{one.rule}",
            "fingerprint": one.fingerprint,
            "severity": "info" if one.accepted else "major" if one.transient else "critical",
            "location": {"path": place.path, "lines": {"begin": place.line}},
        }


def _json(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"
