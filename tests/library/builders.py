"""Small reports, for tests of what is read out of them."""

from __future__ import annotations

from typing import Any

import msgspec

from harness.evidence.verdicts import Half
from harness.model.cell import Actor, Status, Verdict
from harness.model.rollout import When
from harness.report.document import REPORT_FORMAT, CheckRecord, Document, OutcomeRecord, StepRecord
from harness.report.records import CountRecord


def outcome(actor: Actor, status: Status, **given: Any) -> OutcomeRecord:
    values: dict[str, Any] = {
        "step": "0002_drop",
        "actor": actor,
        "journey": "j",
        "status": status,
        "reason": "",
        "inherited_from": None,
        "promised": True,
        "result": "failed",
        "result_reason": "",
        "sqlstates": [],
        "scope": "",
        "story": None,
    }
    return msgspec.convert({**values, **given}, OutcomeRecord)


def check(name: str, status: Status = Status.FAIL) -> CheckRecord:
    values = {"step": "0002_drop", "check": name, "title": "", "status": status, "reason": "", "promised": True}
    return msgspec.convert({**values, "result": "failed", "result_reason": "", "findings": []}, CheckRecord)


def document(*outcomes: OutcomeRecord, checks: tuple[CheckRecord, ...] = (), error: str = "") -> Document:
    return Document(
        format=REPORT_FORMAT,
        name="a",
        plans=(),
        postgres="18",
        passed_over=(),
        reduced=(),
        old="old",
        new="new",
        when=When.BEFORE,
        journeys=("j",),
        journeys_left_out=(),
        steps=(
            StepRecord(
                number=1,
                revision="0002",
                label="0002_drop",
                file="",
                when=When.BEFORE,
                verdict=Verdict.AFTER,
                agrees=None,
                old=next(iter(Half)),
                new=next(iter(Half)),
                note="",
                coverage=None,
                cells={},
            ),
        ),
        base={},
        rollout={},
        answer=None,
        outcomes=outcomes,
        checks=checks,
        tasks=(),
        availability=(),
        counts=CountRecord(replicas=1, requests=1, migrations=1, duration_s=1.0),
        error=error,
    )
