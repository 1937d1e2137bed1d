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


_DEFAULT_PORTS = {"http": 80, "https": 443}


def origin(url: str | None) -> str:
    """``https://host:8443`` of a URL: without credentials, and without the port that its scheme has. Empty for no URL."""
    try:
        parts = urlsplit((url or "").strip())
        port = parts.port
    except ValueError:
        return ""
    if not parts.scheme or not parts.hostname:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != _DEFAULT_PORTS.get(parts.scheme) else "")
