"""What is kept for each user, and for the installation, in small texts: by files, or by rows that servers share."""

from engine.state.store import DamagedError, StateItem, StateStore

__all__ = ["DamagedError", "StateItem", "StateStore"]
