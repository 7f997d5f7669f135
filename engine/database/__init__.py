"""The database: two tables, and a connection that suits SQLite and PostgreSQL alike."""

from engine.database.connect import Database
from engine.database.tables import jobs, metadata, tracks

__all__ = ["Database", "jobs", "metadata", "tracks"]
