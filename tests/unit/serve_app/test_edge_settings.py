"""Settings of the edge that are wrong keep it from starting, by name."""

import pytest
from pydantic import ValidationError

from serve_app.edge_settings import EdgeSettings


def load(**given: str) -> EdgeSettings:
    return EdgeSettings(_env_file=None, **given)


def test_lists_are_written_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUSTED_PROXIES", "10.0.0.0/8, 2001:db8::1")
    monkeypatch.setenv("OIDC_SCOPE_MAP", "cn=users,scan-users=submit read")
    settings = EdgeSettings(_env_file=None)
    assert settings.trusted_proxies == ("10.0.0.0/8", "2001:db8::1")
    assert settings.oidc_scope_map == ("cn=users", "scan-users=submit read")


@pytest.mark.parametrize("address", ["https://issuer.example/realm", "http://127.0.0.1:9000", "http://localhost/o", ""])
def test_issuers_that_may_be_asked(address: str) -> None:
    assert load(oidc_issuer=address).oidc_issuer == address


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("oidc_issuer", "http://issuer.example"),
        ("oidc_issuer", "https://user:password@issuer.example"),
        ("oidc_issuer", "ftp://issuer.example"),
        ("oidc_issuer", "https://[::1"),
        ("oidc_tenant_map", "red"),
        ("oidc_scope_map", "=admin"),
        ("oidc_scope_map", "admins="),
        ("trusted_proxies", "proxy.example"),
        ("trusted_proxies", "10.0.0.1/8"),
    ],
)
def test_what_cannot_be_meant_is_told(name: str, value: str) -> None:
    with pytest.raises(ValidationError, match=name):
        load(**{name: value})
