"""Whose certificates a client trusts."""

import ssl

import httpx

from client.sdk.endpoint import Endpoint


def trusted(endpoint: Endpoint) -> ssl.SSLContext:
    """Of a service behind TLS, those of httpx. Of another one nobody's: they take as long to read as a request does."""
    return httpx.create_ssl_context() if endpoint.secure else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
