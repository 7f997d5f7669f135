"""People: who asks, and what they may do. Without accounts there is one, the local user, who may do everything."""

from engine.accounts.caller import LOCAL_CALLER, Caller, Role
from engine.owner import LOCAL

__all__ = ["LOCAL", "LOCAL_CALLER", "Caller", "Role"]
