"""The commands ``phoenix-scan up``, ``down`` and ``doctor``. Nothing of Ray is imported before its environment is prepared."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from serve_app.embedded.clearing import clear
from serve_app.embedded.data_folder import ERROR, DataFolder, Running, default_folder
from serve_app.embedded.ports import port_to_take
from serve_app.errors import AlreadyRunningError, PortTakenError, RayDiedError, StartError

if TYPE_CHECKING:
    from serve_app.embedded.configuration import Configuration

RAY_DIED, USAGE, REFUSED = 1, 2, 3
_TOLD_EVERY_SECONDS = 10.0
RAY_ADDRESS = "RAY_ADDRESS"

Data = Annotated[Path | None, typer.Option(help="Data folder. Default: $PHOENIX_SCANNER_DATA, else in your data home.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document, and nothing else, on standard output.")]


class Announcement(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a client needs to know; printed once the service is healthy."""

    url: str
    data: str
    pid: int | None = None
    api_key_file: str | None = None
    new_api_key: str | None = None
    """Shown this once; the file keeps it."""
    log_file: str | None = None
    processes_log: str | None = None
    """Of replicas and actors, where an error's id is found."""
    dashboard_url: str | None = None
    scrape_file: str | None = None
    """Where Ray writes its targets for Prometheus."""

    def text(self) -> str:
        lines = [f"The service is at {self.url} (documentation: {self.url}/docs)", f"Data:    {self.data}"]
        if self.new_api_key:
            lines.append(f"API key: {self.new_api_key}  (generated; kept in {self.api_key_file})")
        elif self.api_key_file:
            lines.append(f"API key: in {self.api_key_file}")
        else:
            lines.append("API key: the API_KEY that you set")
        if self.log_file:
            lines.append(f"Log:     {self.log_file}")
        if self.processes_log:
            lines.append(f"Errors:  {self.processes_log}  (what replicas and actors log; it outlives `down`)")
        if self.dashboard_url:
            lines.append(f"Ray:     {self.dashboard_url}  (it asks for the token that is in ~/.ray/auth_token)")
            if not (os.environ.get("RAY_PROMETHEUS_HOST") and os.environ.get("RAY_GRAFANA_HOST")):
                lines.append("         Its Metrics page needs Prometheus and Grafana, where RAY_PROMETHEUS_HOST and")
                lines.append("         RAY_GRAFANA_HOST say; docs/monitoring.md has what both need")
            lines.append(f"         {self.scrape_file} names what Prometheus finds of Ray")
        key = f'"$(cat {self.api_key_file})"' if self.api_key_file else '"$API_KEY"'
        lines += ["", f"  export PHOENIX_SCANNER_API_URL={self.url}", f"  export PHOENIX_SCANNER_API_KEY={key}"]
        return "\n".join(lines)


def up(
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for all.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8000,
    data: Data = None,
    detach: Annotated[bool, typer.Option("--detach", help="Return once it is healthy; `down` ends it.")] = False,
    dashboard: Annotated[bool, typer.Option("--dashboard/--no-dashboard", help="Ray's dashboard, on loopback.")] = False,
    tls_cert: Annotated[Path | None, typer.Option(help="Speak TLS: the certificate, PEM. Or TLS_CERT.")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="The certificate's key, PEM. Or TLS_KEY.")] = None,
    json: Json = False,
) -> None:
    """Start the service on this machine, or on the Ray cluster that RAY_ADDRESS names.

    Settings come from the environment and from the file .env in the data folder. Keys that are not set are generated and
    kept there. On a cluster the service outlives this command, and API_KEY, SECRET_KEY, DATABASE_URL and STORAGE_URL are
    required.

    Exit codes: 0 ended by Ctrl-C or `down`, 1 Ray has died under it (start it again), 2 wrong usage or already running,
    3 it could not be started.
    """
    for name, file in (("TLS_CERT", tls_cert), ("TLS_KEY", tls_key)):
        if file is not None:
            os.environ[name] = str(file.resolve())
    folder = DataFolder(data or default_folder())
    try:
        folder.make()
        if address := os.environ.get(RAY_ADDRESS):
            _print(_up_on_cluster(folder, address, host, port), json=json)
        elif detach:
            _print(_up_detached(folder, host, port, dashboard=dashboard), json=json)
        else:
            _run_here(folder, host, port, dashboard=dashboard, json=json)
    except AlreadyRunningError as error:
        raise failure(error, USAGE) from error
    except RayDiedError as error:
        raise failure(error, RAY_DIED) from error
    except (PortTakenError, StartError) as error:
        raise failure(error, REFUSED) from error


def down(data: Data = None, json: Json = False) -> None:
    """Stop the service and everything that it started, also after a crash. Does nothing if nothing runs.

    Exit codes: 0 nothing runs any more, 2 wrong usage, 3 the cluster of RAY_ADDRESS could not be reached.
    """
    from serve_app.embedded import service

    folder = DataFolder(data or default_folder())
    try:
        if address := os.environ.get(RAY_ADDRESS):
            service.require_cluster(address)
            from serve_app.embedded import on_cluster  # needs Ray; ending what runs here does not

            stopped = on_cluster.take_down(folder)
        else:
            stopped = service.take_down(folder)
    except StartError as error:
        raise failure(error, REFUSED) from error
    if json:
        typer.echo(msgspec.json.encode({"stopped": stopped}).decode())
    else:
        typer.echo("Stopped." if stopped else "Nothing was running.")


def doctor(
    host: Annotated[str, typer.Option(help="Where `up` would listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8000,
    data: Data = None,
    json: Json = False,
) -> None:
    """Check settings and everything that the service depends on, and say what to do about what is wrong.

    Exit codes: 0 all is well (warnings count as well), 1 something is wrong.
    """
    from serve_app.embedded import checks
    from serve_app.embedded.configuration import embedded, on_cluster

    folder = DataFolder(data or default_folder())
    address = os.environ.get(RAY_ADDRESS)
    try:
        folder.make()
        configuration = on_cluster(folder) if address else embedded(folder)
    except StartError as error:
        findings = [checks.Finding("settings", checks.Verdict.FAILED, str(error), "See docs/settings.md.")]
    else:
        subject = checks.Subject(configuration.settings, folder, host, port, address)
        findings = asyncio.run(checks.examine(subject))
        findings.insert(0, checks.Finding("settings", checks.Verdict.OK, f"environment and {folder.env_file}"))
    failed = any(finding.verdict is checks.Verdict.FAILED for finding in findings)
    if json:
        typer.echo(msgspec.json.encode({"healthy": not failed, "checks": findings}).decode())
    else:
        for finding in findings:
            typer.echo(f"{finding.verdict:8}{finding.check:10}{finding.found}")
            if finding.advice:
                typer.echo(f"{'':18}→ {finding.advice}")
    raise typer.Exit(1 if failed else 0)


def _run_here(folder: DataFolder, host: str, port: int, *, dashboard: bool, json: bool) -> None:
    """Runs until SIGINT or SIGTERM, then stops everything. What an earlier run left when it crashed is cleared away first."""
    from serve_app.embedded import service
    from serve_app.embedded.configuration import embedded

    with folder.held():
        configuration = embedded(folder)
        clear(folder)
        port = port_to_take(host, port)
        _require_stores(configuration, folder, host, port)
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        run = service.EmbeddedService(folder, host=host, port=port, tls=bool(configuration.edge.tls_cert))
        try:
            running = run.start(configuration, dashboard=dashboard)
            signal.signal(signal.SIGTERM, signal.default_int_handler)  # Ray has put its own in its place
            new_key = None if folder.is_written_to_log(sys.stdout) else configuration.new_api_key
            _print(_announce(folder, running, new_key), json=json)
            run.watch(configuration)
            raise RayDiedError(str(folder.log_file))
        except KeyboardInterrupt:
            return
        finally:
            for sign in (signal.SIGINT, signal.SIGTERM):
                signal.signal(sign, signal.SIG_IGN)  # once is enough
            run.stop()


def _up_detached(folder: DataFolder, host: str, port: int, *, dashboard: bool) -> Announcement:
    """Starts another process with a session of its own, and waits until that one says it is healthy, or why it is not.

    Only that one loads what it takes to look at settings and stores.
    """
    with folder.held():
        clear(folder)
        port = port_to_take(host, port)
    had_key = folder.api_key_file.exists()
    typer.echo(
        f"Starting on port {port}: database, Ray, service; this takes some seconds, on a busy machine a minute …", err=True
    )
    place = ["--host", host, "--port", str(port), "--data", str(folder.path)]
    command = [sys.executable, "-m", "serve_app", "up", *place, "--dashboard" if dashboard else "--no-dashboard"]
    with folder.open_log() as log:
        begins_at = log.seek(0, os.SEEK_END)
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)  # noqa: S603  # ourselves
    told_at = started = time.monotonic()
    while process.poll() is None:
        if time.monotonic() - told_at > _TOLD_EVERY_SECONDS:
            told_at = time.monotonic()
            typer.echo(f"still starting after {told_at - started:.0f} s; {folder.log_file} has more", err=True)
        running = folder.running()
        if running is not None and running.healthy and running.pid == process.pid:
            new_key = None if had_key or not folder.api_key_file.exists() else folder.api_key_file.read_text().strip()
            return _announce(folder, running, new_key, log_file=str(folder.log_file))
        time.sleep(0.05)
    if process.returncode == REFUSED and (reason := folder.last_error(begins_at)):
        raise StartError(reason)
    raise StartError(f"the service ended while it started; {folder.log_file} says why:\n{folder.log_tail()}")


def _require_stores(configuration: "Configuration", folder: DataFolder, host: str, port: int) -> None:
    from serve_app.embedded import checks

    asyncio.run(checks.require_stores(checks.Subject(configuration.settings, folder, host, port)))


def _up_on_cluster(folder: DataFolder, address: str, host: str, port: int) -> Announcement:
    from serve_app.embedded.configuration import on_cluster as configured
    from serve_app.embedded.service import require_cluster

    if port == 0:
        raise StartError("on a cluster every node listens on the same port: name it with --port")
    configuration = configured(folder)
    require_cluster(address)
    _require_stores(configuration, folder, host, port)
    from serve_app.embedded import on_cluster

    return Announcement(url=on_cluster.bring_up(folder, host=host, port=port), data=str(folder.path))


def _announce(folder: DataFolder, running: Running, new_api_key: str | None, log_file: str | None = None) -> Announcement:
    key_file = str(folder.api_key_file) if folder.api_key_file.exists() and not os.environ.get("API_KEY") else None
    return Announcement(
        url=running.url,
        data=str(folder.path),
        pid=running.pid,
        api_key_file=key_file,
        new_api_key=new_api_key,
        log_file=log_file,
        processes_log=str(folder.processes_log),
        dashboard_url=running.dashboard_url,
        scrape_file=f"{running.scratch}/ray/prom_metrics_service_discovery.json" if running.dashboard_url else None,
    )


def _print(announcement: Announcement, *, json: bool) -> None:
    typer.echo(msgspec.json.encode(announcement).decode() if json else announcement.text())


def failure(error: object, code: int) -> typer.Exit:
    typer.echo(f"{ERROR}{error}", err=True)
    return typer.Exit(code)
