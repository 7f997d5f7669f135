"""That there are accounts, said beside the database: one that is lost or damaged must not open the door."""

import json
from pathlib import Path

from sqlalchemy import select

from engine.database import Database
from engine.database.tables import users
from engine.errors import invalid
from engine.settings import Settings
from engine.state.files import write_file


class Marker:
    """`accounts.json` in the settings folder: whose id is whose, by email. Who is added again gets their own back."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "accounts.json"

    def exists(self) -> bool:
        return self._path.exists()

    def ids(self) -> dict[str, str]:
        """Email -> id. Raises INVALID_INPUT for a file that cannot be read: somebody else's id might be given away."""
        try:
            ids = json.loads(self._path.read_text(encoding="utf-8"))["ids"]
            return {str(email): str(user) for email, user in ids.items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, LookupError, AttributeError) as error:
            raise invalid("accounts_file_unreadable", file=self._path.name) from error

    def keep(self, ids: dict[str, str]) -> None:
        """Remember these too. Raises INVALID_INPUT, DISK_FULL."""
        known = self.ids()
        if not self.exists() or not ids.items() <= known.items():
            said = json.dumps({"ids": {**known, **ids}}, ensure_ascii=False, indent=2) + "\n"
            write_file(self._path, said, private=True)


def wants_accounts(settings: Settings, database: Database) -> bool:
    """Whether whoever comes has to log in: the setting says so, somebody was added, or somebody once was."""
    if settings.accounts or Marker(settings.state_dir).exists():
        return True
    with database.read() as connection:
        return connection.execute(select(users.c.id).limit(1)).first() is not None
