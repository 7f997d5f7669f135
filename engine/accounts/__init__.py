"""People: who asks, and what they may do. Without accounts there is one, the local user, who may do everything."""

from engine.accounts.caller import LOCAL, LOCAL_CALLER, Caller, Role

__all__ = ["LOCAL", "LOCAL_CALLER", "Caller", "Role"]
