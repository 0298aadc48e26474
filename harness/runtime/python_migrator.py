"""Migrations that are a function of the release's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.errors import MigrationError
from harness.model.revision import History, Revision
from harness.runtime.migration_process import Refusal, ask_once
from harness.runtime.migrator import MigrationFailedError

if TYPE_CHECKING:
    from harness.runtime.workplace import Workplace


class PythonMigrator:
    """Calls the function in a process of its own for each step, as a deployment that runs it would.

    Args:
        place: Where it runs.
        function: ``module:function``; it is called with the step's name, and may be asynchronous.
        steps: Names of the steps; where there are none, the module has a list of them.
    """

    def __init__(self, place: Workplace, function: str, steps: tuple[str, ...] = ()) -> None:
        self._place = place
        self._function = function
        self._steps = steps

    def history(self) -> History:
        """All steps, each one behind the one before it.

        Raises:
            MigrationError: There is no such function, or nobody names the steps.
        """
        try:
            listed = self._ask({"do": "history"})["steps"]
        except Refusal as error:
            raise MigrationError(
                f"{self._function} cannot be had in {self._place.where}: {error.sentence}; correct python = under "
                "[migrations]"
            ) from None
        steps = self._steps or tuple(listed or ())
        if not steps:
            raise MigrationError(
                f"nobody says which steps {self._function} knows in {self._place.where}: list them beside it, by "
                'steps = [...] in its module, or by steps = ["..."] under [migrations]'
            )
        before = [(), *((step,) for step in steps)]
        revisions = tuple(Revision(id=step, down=down) for step, down in zip(steps, before, strict=False))
        return History(revisions=revisions, heads=steps[-1:])

    def upgrade(self, revision: str) -> None:
        """Calls the function for one step; for ``head`` with each of those that its module lists.

        Raises:
            MigrationFailedError: It raised.
        """
        try:
            self._ask({"do": "upgrade", "revision": revision})
        except Refusal as error:
            raise MigrationFailedError(error.sentence, error.sqlstate, error.log) from None

    def upgrade_until_killed(self, revision: str, point: int) -> bool:  # noqa: ARG002  a function has none
        """Lets the function come to its end, whatever the point: nobody knows where it commits."""
        self.upgrade(revision)
        return False

    def version_table(self) -> tuple[str | None, str] | None:
        """Nothing is known of one."""
        return None

    def close(self) -> None:
        """Nothing runs between two steps."""

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        return ask_once(self._place, "python_child.py", {"function": self._function}, request)
