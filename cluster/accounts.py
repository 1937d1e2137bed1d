"""Phoenix credentials of jobs: what names them travels, they themselves are opened from the store where they are used."""

import hashlib

from cluster.account import Account
from cluster.settings import Settings
from jobs_store.database import Database, open_database
from jobs_store.errors import SecretError
from jobs_store.jobs import Credentials
from jobs_store.secrets import SecretBox
from scanner.phoenix.credentials import PhoenixCredentials, is_same_api


class Accounts:
    """Opens credentials: those that a job has brought, or else those of the settings."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings, self._database = settings, database
        self._key = hashlib.blake2b(settings.secret_key.get_secret_value().encode(), digest_size=32).digest()

    @property
    def configured(self) -> PhoenixCredentials:
        """The service's own."""
        settings = self._settings
        return PhoenixCredentials(
            settings.phoenix_api_url, settings.phoenix_client_id, settings.phoenix_client_secret.get_secret_value()
        )

    def of_job(self, own: Credentials) -> PhoenixCredentials:
        """The job's or its tenant's own credentials, or the configured ones, never parts of both: each go where they were
        given for.

        Raises SecretError where that is not so any more: what is stored or set may have changed since the upload was checked.
        """
        configured = self.configured
        credentials = configured
        if own.client_id and own.client_secret:
            credentials = PhoenixCredentials(own.api_url or configured.api_url, own.client_id, own.client_secret)
        elif own.client_id or own.client_secret or not is_same_api(own.api_url or configured.api_url, configured.api_url):
            raise SecretError("the job names a Phoenix of its own without credentials; the configured ones go to no other URL")
        if own.asked_url is not None and not is_same_api(own.asked_url, credentials.api_url):
            raise SecretError("the job names another Phoenix than the one that the stored credentials were given for")
        return credentials

    def account(self, credentials: PhoenixCredentials, job_id: str = "", tenant: str = "") -> Account:
        text = "\0".join((credentials.api_url, credentials.client_id, credentials.client_secret))
        return Account(hashlib.blake2b(text.encode(), digest_size=16, key=self._key).hexdigest(), job_id, tenant)

    async def open(self, account: Account) -> PhoenixCredentials:
        """One statement. Raises `JobNotFoundError`, `SecretError`, `StoreUnavailableError`.

        SecretError too where they are not those that the account names any more: the job has ended, and its own are forgotten.
        """
        opened = self.configured
        if account.job_id:
            opened = self.of_job(await self._database.jobs.credentials(account.job_id))
        if self.account(opened).digest != account.digest:
            raise SecretError("the Phoenix credentials of the job are not kept any more, or other ones are configured now")
        return opened


def database_of(settings: Settings) -> Database:
    """The jobs database, with the keys to the secrets in it."""
    return open_database(settings.database_url, secrets=SecretBox.from_setting(settings.secret_key.get_secret_value()))
