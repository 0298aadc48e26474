"""The roles of a rehearsal that nobody logs in as: whom others act as, and those that are only to be there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.runtime.postgres import SharedRoles, create_owner_role, drop_role

if TYPE_CHECKING:
    from harness.model.settings import AppRole
    from harness.runtime.postgres import Server


class Groups:
    """Makes them at once.

    Args:
        server: Where.
        prefix: Keeps rehearsals on one server apart.
        app_role: Whom replicas act as; everybody else acts as the owner.
        roles: Further roles that migrations name.

    Raises:
        PostgresError: The server refuses.
    """

    def __init__(self, server: Server, prefix: str, app_role: AppRole, roles: tuple[str, ...]) -> None:
        self._server = server
        self._shared = SharedRoles(server)
        self._names: list[str] = []
        self.owner = self.app_role = self._make(f"{prefix}_owner")
        if app_role.restricted:
            own = self._make(f"{prefix}_app")
            if app_role.name is not None:
                self._shared.share(app_role.name, own, restricts=True)
            self.app_role = app_role.name or own
        if roles:
            holder = self._make(f"{prefix}_others")  # nobody acts as it, so that their rights are nobody's
            for name in roles:
                self._shared.share(name, holder, restricts=False)

    def close(self) -> None:
        """Removes them, where the server outlives the session; nobody acts as them any more."""
        for name in self._names:
            drop_role(self._server, name)
        self._shared.close()

    def _make(self, name: str) -> str:
        create_owner_role(self._server, name)
        self._names.append(name)
        return name
