"""The database: its tables, and a connection that suits SQLite and PostgreSQL alike."""

from engine.database.connect import Database
from engine.database.tables import heard, holds, job_segments, jobs, metadata, metrics, tracks

__all__ = ["Database", "heard", "holds", "job_segments", "jobs", "metadata", "metrics", "tracks"]
