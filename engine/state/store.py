"""The seam: reading and changing small texts, one a user and an item."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

Change = Callable[[str | None], str]
"""What a text becomes; it is given None where there is none. It asks nothing of anybody, for others wait meanwhile."""


@dataclass(frozen=True)
class StateItem:
    """`name`: of its file. `private`: for the owner of the process alone, as secrets are."""

    name: str
    private: bool = False


class DamagedError(Exception):
    """Raised by a `Change`: what is there is damaged. It is put aside, and the change is asked again with None."""


class StateStore(Protocol):
    """What belongs to the installation as a whole is the user LOCAL's.

    Each method raises OSError for a file that cannot be had, SQLAlchemyError for a database that is away.
    """

    def read(self, user: str, item: StateItem, *, age_s: float = 0.0) -> str | None:
        """The text; None where there is none. It may be `age_s` old, where others can change it unseen."""
        ...

    def change(self, user: str, item: StateItem, change: Change) -> str:
        """What it is now: no change of another's, in whichever process that shares it, comes between. Nothing is
        written where nothing changes. Raises DISK_FULL, and what `change` raises, which then changes nothing."""
        ...

    def holders(self, item: StateItem) -> set[str]:
        """The users who have one."""
        ...
