"""Services that somebody has signed in to: name, URL and key, in a file that only its owner may read.

A key goes to the URL that it was given for and to no other, whatever ``--url`` says.
"""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import msgspec

DEFAULT_PROFILE = "default"
PROFILE_VARIABLE = "PHOENIX_SCANNER_PROFILE"


class Profile(msgspec.Struct, frozen=True):
    url: str
    key: str


class ProfilesError(Exception):
    """The file cannot be read or written; says which and why."""


class Profiles:
    def __init__(self, environment: Mapping[str, str]) -> None:
        folder = environment.get("XDG_CONFIG_HOME") or Path.home() / ".config"
        self.path = Path(folder) / "phoenix-scanner" / "profiles.json"
        self._chosen = environment.get(PROFILE_VARIABLE, "")

    def all(self) -> dict[str, Profile]:
        """By name; none where nobody has signed in. Raises `ProfilesError`."""
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=dict[str, Profile])
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.DecodeError) as error:
            raise ProfilesError(f"{self.path} cannot be read: {error}; `phoenix-scan login` writes it anew") from error

    def chosen(self) -> Profile | None:
        """That of ``PHOENIX_SCANNER_PROFILE``, which has to be there, else the one named default. Raises `ProfilesError`."""
        found = self.all().get(self._chosen or DEFAULT_PROFILE)
        if found is None and self._chosen:
            raise ProfilesError(f"there is no profile {self._chosen}; `phoenix-scan login --profile {self._chosen}` makes it")
        return found

    def key_for(self, url: str) -> str | None:
        """Of the chosen profile, else of any other, that was made for this very URL."""
        profiles = [profile for profile in (self.chosen(), *self.all().values()) if profile is not None]
        return next((profile.key for profile in profiles if profile.url.rstrip("/") == url.rstrip("/")), None)

    def save(self, name: str, profile: Profile) -> None:
        """Replaces one of that name. Raises `ProfilesError`."""
        self._write({**self._all_or_none(), name: profile})

    def remove(self, name: str) -> bool:
        """Whether there was one. Raises `ProfilesError`."""
        left = self.all()
        if left.pop(name, None) is None:
            return False
        self._write(left)
        return True

    def _all_or_none(self) -> dict[str, Profile]:
        try:
            return self.all()
        except ProfilesError:
            return {}

    def _write(self, profiles: dict[str, Profile]) -> None:
        """Whole or not at all, and at no moment readable for others."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with tempfile.NamedTemporaryFile(dir=self.path.parent, delete=False) as file:  # made with mode 600
                file.write(msgspec.json.format(msgspec.json.encode(profiles)))
            os.replace(file.name, self.path)
        except OSError as error:
            raise ProfilesError(f"{self.path} cannot be written: {error}") from error
