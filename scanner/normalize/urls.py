"""URLs taken apart."""

from urllib.parse import urlsplit


def site(url: str | None) -> str:
    """Host name or address in a URL, or in a bare ``host:port``; empty where there is none."""
    text = (url or "").strip()
    try:
        return urlsplit(text if "://" in text else f"//{text}").hostname or ""
    except ValueError:
        return ""


def path(url: str | None) -> str:
    """Path and query of a URL, where a finding on its site is."""
    text = (url or "").strip()
    try:
        parts = urlsplit(text if "://" in text else f"//{text}")
    except ValueError:
        return text
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.path or '/'}{query}"
