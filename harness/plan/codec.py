"""A plan, and any other of our frozen dataclasses, as JSON and back.

Unions are told apart by a field ``kind``, the class's name in kebab case; ``msgspec`` does the rest.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any, TypeVar, cast

import msgspec

from harness.errors import ScenarioError
from harness.model.cell import Cell  # noqa: TC001  msgspec resolves the annotations
from harness.plan.steps import Numbered, Plan, Stage, Step, Track

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Version of the plan's format; changes with it.
PLAN_FORMAT = 4

#: Names of the plans in a report's folder, in the order in which they are run.
PLAN_NAMES = ("plan.json", "plan-rollout.json", "plan-traffic.json", "plan-second-look.json")

T = TypeVar("T")


class _Head(msgspec.Struct, forbid_unknown_fields=True):
    """All of a plan but its stages, whose union ``msgspec`` cannot tell apart by itself."""

    name: str
    revisions: tuple[str, ...]
    labels: tuple[str, ...]
    journeys: tuple[str, ...]
    cells: tuple[Cell, ...]


class _Track(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    steps: tuple[dict[str, Any], ...]


class _Stage(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    tracks: tuple[_Track, ...]


class _Stored(_Head):
    stages: tuple[_Stage, ...]


def kind_of(cls: type) -> str:
    """The name under which instances of a class are stored: ``StartReplicas`` is ``start-replicas``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", cls.__name__).lower()


def to_builtins(value: Any) -> dict[str, Any]:
    """A dataclass as a dictionary with its ``kind`` first."""
    return {"kind": kind_of(type(value)), **cast("dict[str, Any]", msgspec.to_builtins(value))}


def from_builtins(data: dict[str, Any], classes: Iterable[type[T]]) -> T:
    """The inverse of :func:`to_builtins`.

    Args:
        data: What was stored.
        classes: The members of the union.

    Raises:
        ScenarioError: No member has that kind, or its fields do not fit.
    """
    kind = data.get("kind")
    for cls in classes:
        if kind_of(cls) == kind:
            fields = {key: value for key, value in data.items() if key != "kind"}
            try:
                return msgspec.convert(fields, cls, strict=False)
            except msgspec.ValidationError as error:
                raise ScenarioError(f"a record of kind '{kind}' cannot be read: {error}") from None
    raise ScenarioError(f"unknown record of kind '{kind}': it was written by another release of the harness")


def encode_plan(plan: Plan) -> bytes:
    """A plan as JSON, one step a line."""
    head = {
        "format": PLAN_FORMAT,
        **{key: msgspec.to_builtins(getattr(plan, key)) for key in _Head.__struct_fields__},
        "stages": [
            {
                "name": stage.name,
                "tracks": [
                    {
                        "name": track.name,
                        "steps": [{"number": item.number, **to_builtins(item.step)} for item in track.steps],
                    }
                    for track in stage.tracks
                ],
            }
            for stage in plan.stages
        ],
    }
    return msgspec.json.format(msgspec.json.encode(head), indent=1) + b"\n"


def decode_plan(text: bytes) -> Plan:
    """The inverse of :func:`encode_plan`.

    Raises:
        ScenarioError: It is no plan, or one of another format.
    """
    try:
        data = msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise ScenarioError(f"this is not a plan: {error}") from None
    version = data.pop("format", None)
    if version != PLAN_FORMAT:
        raise ScenarioError(f"this plan has format {version}, and this release of the harness reads {PLAN_FORMAT}")
    try:
        stored = msgspec.convert(data, _Stored)
    except msgspec.ValidationError as error:
        raise ScenarioError(f"this plan cannot be read: {error}") from None
    stages = tuple(
        Stage(
            name=stage.name,
            tracks=tuple(
                Track(name=track.name, steps=tuple(_decode_step(step) for step in track.steps))
                for track in stage.tracks
            ),
        )
        for stage in stored.stages
    )
    return Plan(**{key: getattr(stored, key) for key in _Head.__struct_fields__}, stages=stages)


def digest(plan: Plan) -> str:
    """Eight characters that name a plan: equal plans have equal names."""
    return hashlib.sha256(encode_plan(plan)).hexdigest()[:8]


def _decode_step(data: dict[str, Any]) -> Numbered:
    number = data.pop("number", None)
    if type(number) is not int:
        raise ScenarioError(f"this plan cannot be read: a step has {number!r} where its number should be")
    return Numbered(number=number, step=cast("Step", from_builtins(data, Step.__args__)))
