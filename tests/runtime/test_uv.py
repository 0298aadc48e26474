"""What is said where uv is missing or fails: one sentence with a remedy, and no password."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from harness.errors import SourceError
from harness.runtime.uv import explain, find_uv, strip_credentials

NO_RELEASE = """\
Using Python 3.11.7 environment at: x
error: No solution found when resolving dependencies
  cause: Because there is no version of idna==99 and you require idna==99, your requirements are unsatisfiable.
"""
NO_RELEASE_IN_EARLIER_WORDS = """\
  \u00d7 No solution found when resolving dependencies:
  ╰─▶ Because there is no version of idna==99 and you require idna==99,
      your requirements are unsatisfiable.
"""
LATER = (
    NO_RELEASE
    + """
hint: `idna` was filtered by `exclude-newer` to only include packages uploaded before 2024-02-01T00:00:00Z.
"""
)
NO_BUILD = """\
   Building app==1.0
error: Failed to build `app==1.0`
  cause: The build backend returned an error
  cause: Call to `setuptools.build_meta.build_wheel` failed (exit status: 1)

         [stdout]
         running bdist_wheel

         [stderr]
         Traceback (most recent call last):
         RuntimeError: there is no pg_config

hint: Build failures usually indicate a problem with the package or the build environment
"""
NO_INDEX = """\
error: Request failed after 3 retries in 6.7s
  cause: Failed to fetch: https://ada:pa/ss@word@index.example.org/simple/idna/
  cause: client error (Connect)
"""
NO_PYTHON = """\
error: No interpreter found for Python 3.99 in managed installations or search path

hint: uv embeds available Python downloads and may require an update to install new versions.
warning: Failed to inspect Python interpreter from search path at `/somewhere/python3.10`
"""
NO_DOWNLOAD = """\
error: Failed to download `https://github.com/astral-sh/python-build-standalone/releases/download/x/cpython-3.13.tar.gz`
  cause: error sending request for url (https://github.com/astral-sh/python-build-standalone/releases/x)
  cause: dns error
"""


@pytest.mark.parametrize(
    ("said", "reason", "remedy"),
    [
        (
            NO_RELEASE,
            "dependencies: Because there is no version of idna==99",
            "name a release that the package index has",
        ),
        (NO_RELEASE_IN_EARLIER_WORDS, "dependencies: Because there is no version of idna==99", "name a release that"),
        (LATER, "there is no version of idna==99", "move exclude_newer behind the day of that release"),
        (NO_BUILD, "`app==1.0`: The build backend returned an error: Call to", "it does not build here: add to this"),
        (NO_BUILD, "(exit status: 1): RuntimeError: there is no pg_config; ", "it does not build here"),
        (
            NO_INDEX,
            "Failed to fetch: https://index.example.org/simple/idna/: client",
            "the package index cannot be had",
        ),
        (NO_PYTHON, "No interpreter found for Python 3.99 in managed", 'that is there ("uv python list" shows them)'),
        (NO_DOWNLOAD, "Failed to download `https://github.com/", 'name a Python that is there ("uv python list"'),
        (
            "error: Package `x` can't be installed because it doesn't have a wheel for the current platform\n",
            "Package `x` can't be installed",
            "it is locked for another Python or machine: lock it anew",
        ),
        ("error: Failed to parse: `foo bar==`\n", "Failed to parse: `foo bar==`", "correct it in the settings"),
        ("", "uv said nothing", ""),
    ],
)
def test_a_failure_is_one_sentence(said: str, reason: str, remedy: str) -> None:
    sentence = explain(said.splitlines())
    assert reason in sentence
    assert remedy in sentence
    assert "\n" not in sentence
    assert "hint" not in sentence
    assert "warning" not in sentence
    assert "word" not in sentence
    assert "for url" not in sentence


def test_a_long_failure_keeps_its_begin_and_its_end() -> None:
    sentence = explain([f"error: begin {'x' * 5000}", "  cause: end"])
    assert sentence.startswith("begin xxx")
    assert sentence.endswith("xxx: end")
    assert len(sentence) < 500


@pytest.mark.parametrize(
    "url", ["https://ada:secret@example.org/a", "https://secret@example.org/a", "git+https://a:sec@ret@example.org/a"]
)
def test_no_credentials_of_a_url(url: str) -> None:
    assert strip_credentials(f"at {url} and mail@example.org") == (
        f"at {url.partition('://')[0]}://example.org/a and mail@example.org"
    )


def test_the_uv_beside_the_running_interpreter_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    other = tmp_path / "uv"
    other.write_text("#!/bin/sh\n")
    other.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_uv() == str(Path(sys.executable).parent / "uv")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "elsewhere" / "python"))
    assert find_uv() == str(other)


def test_no_uv(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(SourceError, match=r'no command uv .*: pip install "pytest-rolldeploy\[uv\]"'):
        find_uv()
