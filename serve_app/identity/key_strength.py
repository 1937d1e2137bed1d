"""Which keys anybody could try out: `up` does not start with them, and `doctor` says so."""

from cluster.settings import Settings

_CHARACTERS, _DIFFERENT = 20, 8


def weakness(key: str) -> str | None:
    """What is wrong with a key, for people; None where nothing shows. Never any of the key."""
    if len(key) < _CHARACTERS:
        return f"has {len(key)} characters, and needs at least {_CHARACTERS}"
    if len(set(key)) < _DIFFERENT:
        return f"has {len(set(key))} different characters, and needs at least {_DIFFERENT}"
    if key in (key + key)[1:-1]:
        return "repeats one short text"
    return None


def weak_keys(settings: Settings) -> list[str]:
    """A sentence for each weak key. Of several in SECRET_KEY the newest counts: weak ones may be on their way out."""
    newest = settings.secret_key.get_secret_value().split(",")[0].strip()
    keys = {"SECRET_KEY": newest} | ({"API_KEY": settings.api_key.get_secret_value()} if settings.enable_auth else {})
    if settings.metrics_token is not None:
        keys["METRICS_TOKEN"] = settings.metrics_token.get_secret_value()
    found = [(name, weakness(key)) for name, key in sorted(keys.items())]
    advice = 'make one with python3 -c "import secrets; print(secrets.token_urlsafe(32))"'
    return [f"{name} {wrong}: {advice}" for name, wrong in found if wrong]
