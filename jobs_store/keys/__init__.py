"""API keys: who may do what for which tenant."""

from jobs_store.keys.records import ApiKey, KnownKey, NewKey, Scope

__all__ = ["ApiKey", "KnownKey", "NewKey", "Scope"]
