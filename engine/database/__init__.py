"""The database: its tables, and a connection that suits SQLite and PostgreSQL alike."""

from engine.database.connect import Database
from engine.database.tables import heard, holds, jobs, metadata, tracks

__all__ = ["Database", "heard", "holds", "jobs", "metadata", "tracks"]
