"""Words for a release whose own migrations fail where its first database is made."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.model.settings import ReadFrom
    from harness.runtime.migrator import MigrationFailedError

#: What Python says of a variable that is not set: ``os.environ["DATABASE_URL"]``.
_NOT_SET = re.compile(r"KeyError: '([A-Z][A-Z0-9_]*)'")
#: A variable of a deployment's file whose value is not known, and all those of a store that is elsewhere.
_VARIABLE = re.compile(r"\bvariable (\w+) ")
_STORE = re.compile(r"\bthe variables of the ")


def explain_first(release: str, error: MigrationFailedError, read: ReadFrom | None) -> str:
    """Cause and remedy, in one sentence.

    Args:
        release: Whose migrations.
        error: How they failed.
        read: What was read from the deployment's own file, if one is named.
    """
    where = f" in migration {error.migration}" if error.migration else ""
    return f"the {release} release's own migrations fail on an empty database{where}: {error.error}; " + _cure(
        error, read
    )


def _cure(error: MigrationFailedError, read: ReadFrom | None) -> str:
    not_set = _NOT_SET.search(error.error)
    told = [line for line in (read.open if read else ()) if _fits(line, error.error, is_unset=not_set is not None)]
    if told:
        return f"not understood was {'; '.join(told)}"
    if not_set and not error.migration:
        return f"set {not_set[1]} under [release.env]"
    if error.migration and not error.sqlstate:
        return "PostgreSQL did not refuse it, so correct that file, or the libraries that it is run with"
    return 'if it is installed in another way, say so with init = ["..."]'


def _fits(line: str, error: str, *, is_unset: bool) -> bool:
    """Whether what was not understood is what the error misses; some libraries name a variable in lower case."""
    variable = _VARIABLE.search(line)
    if variable is None:
        return is_unset and bool(_STORE.search(line))
    flags = re.IGNORECASE if "_" in variable[1] else re.NOFLAG
    return bool(re.search(rf"(?<!\w){re.escape(variable[1])}(?!\w)", error, flags))
