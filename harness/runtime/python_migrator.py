"""Migrations that are a function of the release's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.errors import MigrationError
from harness.model.revision import History, Revision
from harness.runtime.migration_process import MigrationProcess, Refusal
from harness.runtime.migrator import MigrationFailedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.runtime.killable import Killable
    from harness.runtime.workplace import Workplace


class PythonMigrator:
    """Calls the function in a process of its own for each step, as a deployment that runs it would.

    Args:
        place: Where it runs.
        function: ``module:function``; it is called with the step's name, and may be asynchronous.
        steps: Names of the steps; where there are none, the module has a list of them.
        killable: Where it runs to be killed at a point; None where it is only asked for the steps.
    """

    def __init__(
        self,
        place: Workplace,
        function: str,
        steps: tuple[str, ...] = (),
        killable: Callable[[int], Killable] | None = None,
    ) -> None:
        self._place = place
        self._killable = killable
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
                f"{self._function} cannot be had in {self._place.where}: {self._place.retell(error.sentence)}; correct "
                "python = under [migrations]"
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
        self.upgrade_until_killed(revision, 0)

    def upgrade_until_killed(self, revision: str, point: int) -> bool:
        """Does the same, and is killed at a point; see :class:`Migrator`."""
        if not point or self._killable is None:
            return self._upgrade(self._place, revision, None)
        with self._killable(point) as target:
            return self._upgrade(target.place, revision, target)

    def _upgrade(self, place: Workplace, revision: str, target: Killable | None) -> bool:
        process = self._start(place)
        if target is not None:
            target.kill_by(process.kill)
        try:
            process.ask({"do": "upgrade", "revision": revision})
        except Refusal as error:
            if target is not None and target.killed:
                return True
            raise MigrationFailedError(error.sentence, error.sqlstate, error.log) from None
        finally:
            process.close()
        return False

    def version_table(self) -> tuple[str | None, str] | None:
        """Nothing is known of one."""
        return None

    def close(self) -> None:
        """Nothing runs between two steps."""

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        process = self._start(self._place)
        try:
            return process.ask(request)
        finally:
            process.close()

    def _start(self, place: Workplace) -> MigrationProcess:
        return MigrationProcess(place, "python_child.py", {"function": self._function})
