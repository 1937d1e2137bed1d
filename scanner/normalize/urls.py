"""URLs taken apart."""

from urllib.parse import urlsplit

from scanner.normalize.remembering import remembered


def site(url: str | None) -> str:
    """Host name or address in a URL, or in a bare ``host:port``; empty where there is none."""
    return _site(url) if url else ""


@remembered(0)
def _site(url: str) -> str:
    text = url.strip()
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
