"""The JSON Schema of the document."""

from __future__ import annotations

from typing import Any

import msgspec

from harness.report.document import Document


def schema() -> dict[str, Any]:
    """The JSON Schema of the document, as it is published beside this module."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "pytest-rolldeploy report",
        **msgspec.json.decode(msgspec.json.encode(msgspec.json.schema(Document))),
    }
