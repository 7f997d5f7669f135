"""Which form of the state a process has."""

from engine.database import Database
from engine.settings import Settings
from engine.state.files import StateFiles
from engine.state.store import StateStore
from engine.state.table import StateRows


def open_state(settings: Settings, database: Database) -> StateStore:
    """In a cluster that of the database, else the settings folder's."""
    files = StateFiles(settings)
    return StateRows(database, files) if settings.cluster else files
