"""All that belongs to accounts, joined: imported only where there are some."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engine.accounts.audit import Action, Audit
from engine.accounts.credentials import Credentials
from engine.accounts.invitations import Invitations
from engine.accounts.keys import Keys
from engine.accounts.links import Links
from engine.accounts.marker import Marker
from engine.accounts.passwords import Passwords
from engine.accounts.plans import Plans
from engine.accounts.quotas import Quotas
from engine.accounts.users import Users
from engine.database import Database
from engine.errors import AppError
from engine.settings import Settings
from engine.state import StateStore
from engine.state.opening import open_state


@dataclass(frozen=True)
class Accounts:
    users: Users
    credentials: Credentials
    keys: Keys
    plans: Plans
    audit: Audit
    quotas: Quotas
    invitations: Invitations
    links: Links

    @classmethod
    def open(
        cls,
        settings: Settings,
        database: Database,
        *,
        state: StateStore | None = None,
        kept_bytes: Callable[[str], int] = lambda user: 0,
        most_waiting: int = 0,
    ) -> "Accounts":
        """Those of this database; `state`: the one that this process has open; `kept_bytes`: how much is kept of a
        user's; `most_waiting`: jobs in the whole queue.

        Raises INVALID_INPUT for a file of theirs that is damaged.
        """
        _for_the_owner_alone(database)
        marker, plans = Marker(settings.state_dir), Plans(settings.state_dir)
        users = Users(database, Passwords(), marker, plans)
        if known := {user.email: user.id for user in users.all()}:
            marker.keep(known)
        keys = Keys(state or open_state(settings, database))
        quotas = Quotas(database, plans, kept_bytes, most_waiting)
        return cls(
            users, Credentials(database), keys, plans, Audit(database), quotas,
            Invitations(database, users, plans), Links(database),
        )  # fmt: skip

    def disable(self, user: str) -> None:
        """They are logged out everywhere, and let in no longer. Raises as `Users.disable`."""
        self.users.disable(user)
        self.credentials.revoke_all(user, programs=True)

    def has_been_here(self, email: str, address: str | None, within_s: float) -> bool:
        """Whether whose email this is has logged in from that address lately."""
        try:
            user = self.users.find(email).id
        except AppError:
            return False
        since = time.time() - within_s
        return bool(self.audit.read(user=user, action=Action.LOGIN, address=address or "", since=since, most=1))


def _for_the_owner_alone(database: Database) -> None:
    """A file of SQLite holds hashes of passwords now; what SQLite puts beside it gets the same mode."""
    if database.url.get_backend_name() == "sqlite" and database.url.database:
        for suffix in ("", "-wal", "-shm"):
            path = Path(database.url.database + suffix)
            if path.exists():
                path.chmod(0o600)
