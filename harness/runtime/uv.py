"""The command ``uv``: where it is, and what it says when it fails, in one sentence with a remedy."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Longer sentences are tracebacks of somebody's build.
_LONGEST = 400
#: User and password of a URL; to the last ``@`` of the word, because a password may hold one.
_CREDENTIALS = re.compile(r"(?<=://)\S*@")
#: What uv puts before the lines of an error, in this and earlier releases.
_ORNAMENT = re.compile(r"^(?:\s|[\u00d7├╰│─▶]|error:|cause:|Caused by:)+")
#: Of a download that fails, the address is told already.
_AGAIN = re.compile(r" for url \(\S+\)")
#: Above what a build printed.
_OUTPUT = re.compile(r"\s*\[std(out|err)\]")

#: What the remedy depends on, and the remedy; the first that fits. Looked for in all that uv said, in small letters.
_REMEDIES = (
    (
        # The last one is where uv downloads a Python from that the machine does not have.
        ("no interpreter found", "python interpreter at", "python-build-standalone"),
        'name a Python that is there ("uv python list" shows them) by python_version or python',
    ),
    (
        ("network was disabled", "error sending request", "failed to fetch", "dns error", "connection refused"),
        "the package index cannot be had: see to the network, a proxy, or the index in UV_DEFAULT_INDEX, and run again",
    ),
    (
        ("failed to build", "build backend returned an error", "failed to prepare"),
        "it does not build here: add to this machine what its build needs, or choose another release or python_version",
    ),
    (
        ("exclude-newer",),
        "move exclude_newer behind the day of that release, or name an older one",
    ),
    (
        ("no solution found", "not found in the package registry"),
        "name a release that the package index has, and requirements that go together",
    ),
    (
        ("can't be installed",),
        "it is locked for another Python or machine: lock it anew, or name that Python by python_version",
    ),
    (("failed to parse",), "correct it in the settings"),
)


def find_uv() -> str:
    """The command ``uv``: the one that is installed beside the running interpreter, or one on ``PATH``.

    Raises:
        SourceError: There is none.
    """
    beside = str(Path(sys.executable).parent)
    found = shutil.which("uv", path=os.pathsep.join([beside, os.environ.get("PATH", os.defpath)]))
    if found is None:
        raise SourceError(
            "an environment is made by uv, and there is no command uv beside pytest's interpreter or on PATH: "
            'pip install "pytest-rolldeploy[uv]"'
        )
    return found


def strip_credentials(text: str) -> str:
    """The text without users and passwords in its URLs."""
    return _CREDENTIALS.sub("", text)


def explain(lines: Iterable[str]) -> str:
    """What went wrong and what to do, in one sentence.

    Args:
        lines: All that uv printed.
    """
    said = [line for line in lines if line.strip()]
    start = next((i for i, line in enumerate(said) if _is_error(line)), 0)
    reason = [line for line in said[start:] if not line.lstrip().startswith("warning:")]
    end = next((i for i, line in enumerate(reason) if line.startswith("hint:")), len(reason))
    told = reason[:end]
    printed = next((i for i, line in enumerate(told) if _OUTPUT.match(line)), len(told))
    # Of what a build printed, the last line is the error, as of any traceback.
    kept = told[:printed] + [line for line in told[printed:][-1:] if not _OUTPUT.match(line)]
    sentence = ": ".join(filter(None, (_ORNAMENT.sub("", line).strip().rstrip(":.") for line in kept)))
    sentence = _AGAIN.sub("", sentence)
    if len(sentence) > _LONGEST:
        sentence = f"{sentence[: _LONGEST // 2]} ... {sentence[-_LONGEST // 2 :]}"
    everything = " ".join(reason).lower()
    remedy = next((remedy for signs, remedy in _REMEDIES if any(sign in everything for sign in signs)), "")
    return strip_credentials("; ".join(filter(None, (sentence or "uv said nothing", remedy))))


def _is_error(line: str) -> bool:
    return line.lstrip().startswith(("error:", "\u00d7"))
