"""All that belongs to accounts, joined: imported only where there are some."""

from dataclasses import dataclass

from engine.accounts.audit import Audit
from engine.accounts.credentials import Credentials
from engine.accounts.keys import Keys
from engine.accounts.marker import Marker
from engine.accounts.passwords import Passwords
from engine.accounts.plans import Plans
from engine.accounts.users import Users
from engine.database import Database
from engine.settings import Settings


@dataclass(frozen=True)
class Accounts:
    users: Users
    credentials: Credentials
    keys: Keys
    plans: Plans
    audit: Audit

    @classmethod
    def open(cls, settings: Settings, database: Database) -> "Accounts":
        """Those of this database. Raises INVALID_INPUT for a file of theirs that is damaged."""
        marker, plans = Marker(settings.state_dir), Plans(settings.state_dir)
        users = Users(database, Passwords(), marker, plans)
        if known := {user.email: user.id for user in users.all()}:
            marker.keep(known)
        credentials = Credentials(database)
        credentials.sweep()
        return cls(users, credentials, Keys(settings.state_dir), plans, Audit(database))
