"""Which form of the state a process has."""

from engine.database import Database
from engine.settings import Settings
from engine.state.files import FileState
from engine.state.store import StateStore
from engine.state.table import TableState


def open_state(settings: Settings, database: Database) -> StateStore:
    """In a cluster that of the database, else the settings folder's."""
    files = FileState(settings)
    return TableState(database, files) if settings.cluster else files
