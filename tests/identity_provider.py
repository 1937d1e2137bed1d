"""An OpenID Connect provider to sign in at: django-oauth-toolkit under Django's own server, in a process of its own.

Run as a program it serves until it is ended; `identity_provider` starts it for tests. It has one person and two clients.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

PERSON, PASSWORD = "alice", "correct horse battery staple"
EMAIL = "alice@example.com"
CONFIDENTIAL, SECRET = "phoenix-confidential", "a/secret+of the:client"
PUBLIC = "phoenix-public"
PLAN = "IDENTITY_PROVIDER_PLAN"
_PATIENCE_SECONDS = 60


def _new_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@dataclass
class IdentityProvider:
    folder: Path
    port: int
    callbacks: tuple[str, ...]
    claims: dict[str, Any]
    key: str = field(default_factory=_new_key)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}/o"

    def start(self) -> None:
        """Returns when it answers."""
        plan = {"folder": str(self.folder), "port": self.port, "issuer": self.issuer, "key": self.key}
        plan |= {"callbacks": self.callbacks, "claims": self.claims}
        environment = os.environ | {PLAN: json.dumps(plan)}
        with (self.folder / "provider.log").open("ab") as log:
            self._process = subprocess.Popen([sys.executable, __file__], env=environment, stdout=log, stderr=log)
        until = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                if httpx.get(f"{self.issuer}/.well-known/openid-configuration").status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError((self.folder / "provider.log").read_text()[-2000:])
            time.sleep(0.05)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def rotate(self) -> None:
        """From here on it signs with another key, and publishes only that one."""
        self.stop()
        self.key = _new_key()
        self.start()


@contextmanager
def identity_provider(
    folder: Path, port: int, callbacks: tuple[str, ...], claims: dict[str, Any]
) -> Iterator[IdentityProvider]:
    provider = IdentityProvider(folder, port, callbacks, claims)
    try:
        provider.start()
        yield provider
    finally:
        provider.stop()


def _serve() -> None:
    plan = json.loads(os.environ[PLAN])
    import django
    from django.conf import settings

    settings.configure(
        SECRET_KEY="of the tests",
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF=__name__,
        USE_TZ=True,
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "oauth2_provider",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{plan['folder']}/provider.db"}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        LOGIN_URL="/login/",
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],  # the others take their time, as they should
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": False,
                "OPTIONS": {
                    "loaders": [
                        ("django.template.loaders.locmem.Loader", {"login.html": _LOGIN_PAGE}),
                        "django.template.loaders.app_directories.Loader",
                    ],
                    "context_processors": ["django.template.context_processors.request"],
                },
            }
        ],
        OAUTH2_PROVIDER={
            "OIDC_ENABLED": True,
            "OIDC_RSA_PRIVATE_KEY": plan["key"],
            "OIDC_ISS_ENDPOINT": plan["issuer"],
            "OIDC_RP_INITIATED_LOGOUT_ENABLED": True,
            "OAUTH2_VALIDATOR_CLASS": f"{__name__}.validator_class",
            "PKCE_REQUIRED": True,
            "SCOPES": {"openid": "sign in", "email": "the address", "profile": "the name"},
            "ALLOWED_REDIRECT_URI_SCHEMES": ["http", "https"],
        },
    )
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    _populate(plan)
    call_command("runserver", f"127.0.0.1:{plan['port']}", use_reloader=False, skip_checks=True)


_LOGIN_PAGE = (
    '<form method="post">{% csrf_token %}{{ form }}<input type="hidden" name="next" value="{{ next }}">'
    "<button>Log in</button></form>"
)


def _populate(plan: dict[str, Any]) -> None:
    from django.contrib.auth.models import User
    from oauth2_provider.models import Application

    if User.objects.exists():  # it was started before
        return
    User.objects.create_user(PERSON, EMAIL, PASSWORD)
    plain = {
        "authorization_grant_type": "authorization-code",
        "algorithm": "RS256",
        "redirect_uris": " ".join(plan["callbacks"]),
        "post_logout_redirect_uris": " ".join(callback.removesuffix("auth/callback") for callback in plan["callbacks"]),
    }
    Application.objects.create(client_id=CONFIDENTIAL, client_secret=SECRET, client_type="confidential", **plain)
    Application.objects.create(client_id=PUBLIC, client_type="public", **plain)


if __name__ == "__main__":
    from django.urls import include, path

    def _urls() -> list[Any]:
        from django.contrib.auth.views import LoginView

        return [
            path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
            path("login/", LoginView.as_view(template_name="login.html")),
        ]

    def __getattr__(name: str) -> Any:
        """What Django looks for here by name once it is set up."""
        if name == "urlpatterns":
            globals()[name] = _urls()
            return globals()[name]
        if name == "validator_class":
            from oauth2_provider.oauth2_validators import OAuth2Validator

            class Validator(OAuth2Validator):
                oidc_claim_scope = None

                def get_additional_claims(self, request: Any) -> dict[str, Any]:
                    return {"email": request.user.email, **json.loads(os.environ[PLAN])["claims"]}

            globals()[name] = Validator
            return Validator
        raise AttributeError(name)

    _serve()
