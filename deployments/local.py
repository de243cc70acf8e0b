"""The one-command start: database, Prefect server, web site and runner, up together and down together."""

import argparse
import importlib
import os
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path

from rich.console import Console
from rich.table import Table

from deployments import example_practices
from deployments.addresses import CannotStartError, check_ports, relative, take_home
from deployments.children import Child, Children
from deployments.environment import LOOPBACK, PREFECT_YAML, child_environment, prefect_address
from deployments.prefect_database import lend_template
from deployments.sign_in_link import link_for
from deployments.stopping import Stopping
from models.db import DatabaseFailure, database
from models.exposure import proxies, without_password
from models.migrations.migrate import MigrationRefusedError, upgrade
from models.settings import Settings, SettingsError, settings

PATIENCE_SECONDS = 180.0
_UVICORN = (
    sys.executable,
    "-m",
    "uvicorn",
    "--factory",
    "--log-level",
    "warning",
    "--no-access-log",
    "--no-server-header",
)


class Launcher:
    """One run of golive on one machine, from the first folder to the last child."""

    def __init__(self, chosen: Settings, listed: Path, console: Console) -> None:
        self._chosen = chosen
        self._listed = listed
        self._console = console
        self._stopping = Stopping()
        self._began = time.monotonic()

    def run(self) -> None:
        """Start everything, say where it is, and stay until Ctrl-C or a signal; then stop everything.

        Raises:
            CannotStartError: when something is in the way or a part does not stay up.
        """
        with ExitStack() as stack:
            take_home(self._chosen, stack)
            check_ports(self._chosen)
            self._stopping.listen()
            children = Children(self._chosen.home)
            stack.callback(self._stop_children, children)
            self._start(children)
            if not self._stopping.is_asked():
                self._console.print(_addresses(self._chosen))
                self._console.print(_way_in(self._chosen), highlight=False, soft_wrap=True)
            self._watch(children)

    def _start(self, children: Children) -> None:
        workers = range(1, self._chosen.workers + 1)
        for number in workers:
            self._ready(number).unlink(missing_ok=True)
        if not self._chosen.prefect_database_url:
            lend_template(self._chosen.prefect_home)
        children.start(self._server())
        with self._stage("Database is up to date"):
            _migrate()
        children.start(self._web())
        for number in workers:
            children.start(self._runner(number))
        if self._chosen.kareo_server_port:
            children.start(self._kareo_server())
        with self._stage("Examples are loaded"):
            load_example(self._chosen)
        with self._stage("Web site answers"):
            self._wait(children, lambda: _site_answers(self._chosen))
        with self._stage("Prefect server answers"):
            self._wait(
                children,
                lambda: _answers(HTTPConnection(LOOPBACK, self._chosen.prefect_port, timeout=2.0), "/api/health"),
            )
        with self._stage("Deployments are served"):
            self._wait(children, lambda: all(self._ready(number).exists() for number in workers))
        if self._chosen.kareo_server_port and has_examples(self._chosen):
            with self._stage("The stand-in for Kareo answers"):
                self._connect_kareo()

    def _server(self) -> Child:
        port = str(self._chosen.prefect_port)
        factory = "prefect.server.api.server:create_app"
        return self._child("prefect-server", (*_UVICORN, "--host", LOOPBACK, "--port", port, factory))

    def _web(self) -> Child:
        place = ("--host", self._chosen.host, "--port", str(self._chosen.web_port), *web_protection(self._chosen))
        return self._child("web-site", (*_UVICORN, *place, "deployments.web.site:create_site"))

    def _ready(self, worker: int) -> Path:
        return self._chosen.home / f"{_worker_name(worker)}.ready"

    def _runner(self, number: int) -> Child:
        place = ("--number", str(number), "--of", str(self._chosen.workers))
        command = (sys.executable, "-m", "deployments.runner", str(self._ready(number)), str(self._listed), *place)
        return self._child(
            _worker_name(number), command, patience=30.0
        )  # flows under way get the time to end their batch

    def _kareo_server(self) -> Child:
        port = str(self._chosen.kareo_server_port)
        return self._child("kareo-server", (sys.executable, "-m", "deployments.kareo_server", "--port", port))

    def _connect_kareo(self) -> None:
        """Connect the first example with the stand-in, once; in a process of its own, which needs Prefect's modules."""
        if example_practices.has_practice_system():
            return
        command = (sys.executable, "-m", "deployments.example_kareo", str(self._chosen.kareo_server_port))
        environment = child_environment(self._chosen, os.environ)
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603 - our own command, no shell
        if done.returncode != os.EX_OK:
            self._console.print(f"The example is not connected: {done.stdout.strip()}", style="yellow", highlight=False)

    def _child(self, name: str, command: Sequence[str], *, patience: float = 10.0) -> Child:
        log = self._chosen.logs_folder / f"{name}.log"
        return Child(name, command, self._environment(), log, patience)

    def _environment(self) -> dict[str, str]:
        """Give a child its environment; mails about invented practices carry an invented postal address (F-207)."""
        environment = child_environment(self._chosen, os.environ)
        if has_examples(self._chosen) and not self._chosen.postal_address:
            environment["GOLIVE_POSTAL_ADDRESS"] = example_practices.POSTAL_ADDRESS
        return environment

    @contextmanager
    def _stage(self, done: str) -> Iterator[None]:
        with self._console.status(f"{done} ..."):
            yield
        if not self._stopping.is_asked():
            seconds = time.monotonic() - self._began
            self._console.print(f"[green]{seconds:6.1f} s[/]  {done}", highlight=False)

    def _wait(self, children: Children, arrived: Callable[[], bool]) -> None:
        until = time.monotonic() + PATIENCE_SECONDS
        while not arrived() and not self._stopping.wait(0.1):
            dead = children.dead()
            if dead is not None or time.monotonic() > until:
                raise CannotStartError(_gave_up(dead))

    def _watch(self, children: Children) -> None:
        while not self._stopping.wait(0.5):
            dead = children.revive()
            if dead is not None:
                raise CannotStartError(_gave_up(dead))

    def _stop_children(self, children: Children) -> None:
        began = time.monotonic()
        with self._console.status("Stopping ..."):
            children.stop()
        seconds = time.monotonic() - began
        self._console.print(f"Stopped in {seconds:.1f} s. Start it again and it goes on from here.", highlight=False)


def _worker_name(number: int) -> str:
    return "runner" if number == 1 else f"runner-{number}"


def has_examples(chosen: Settings) -> bool:
    """Say whether the settings ask for the example practices; invented people get no real mail."""
    return chosen.example and chosen.mode == "local" and chosen.mailer == "mailbox"


def load_example(chosen: Settings) -> None:
    """Lay out the example practices, begin the first one's journey and let its patients book, where they are wanted."""
    if has_examples(chosen):
        as_of = datetime.now(UTC)
        example_practices.lay_out(chosen)
        example_practices.begin(as_of=as_of)
        if not chosen.kareo_server_port and not example_practices.has_practice_system():
            # imported at the first start only, and once the children are on their way: it costs half a second
            importlib.import_module("deployments.example_booking").open_booking(as_of=as_of)


def _migrate() -> None:
    try:
        upgrade(database())
    except (DatabaseFailure, MigrationRefusedError) as error:
        message = f"The database cannot be brought up to date: {error}. Look at GOLIVE_DATABASE_URL, then try again."
        raise CannotStartError(message) from error


def web_protection(chosen: Settings) -> tuple[str, ...]:
    """Give the arguments by which the web site speaks TLS itself, or believes the proxy before it."""
    trusted = ("--forwarded-allow-ips", ",".join((LOOPBACK, *proxies(chosen))))
    if not chosen.tls_certificate:
        return trusted
    return (*trusted, "--ssl-certfile", chosen.tls_certificate, "--ssl-keyfile", chosen.tls_key)


def _site_answers(chosen: Settings) -> bool:
    if not chosen.tls_certificate:
        return _answers(HTTPConnection(chosen.host, chosen.web_port, timeout=2.0), "/health")
    ours = ssl.create_default_context()
    ours.check_hostname = False  # our own child: its certificate is for the public name
    ours.verify_mode = ssl.CERT_NONE
    return _answers(HTTPSConnection(chosen.host, chosen.web_port, timeout=2.0, context=ours), "/health")


def _answers(open_to: HTTPConnection, path: str) -> bool:
    with closing(open_to) as connection:
        try:
            connection.request("GET", path)
            return connection.getresponse().status == HTTPStatus.OK
        except (OSError, HTTPException):
            return False


def _gave_up(dead: Child | None) -> str:
    if dead is None:
        return f"Not everything was up after {PATIENCE_SECONDS:.0f} seconds. Look into the logs folder, then try again."
    return f"The part {dead.name} does not stay up. Its last words are in {relative(dead.log)}."


def _addresses(chosen: Settings) -> Table:
    site = f"http://{chosen.host}:{chosen.web_port}"
    table = Table(show_header=False, title="golive is up (Ctrl-C stops it)", title_justify="left")
    table.add_row("Prefect: flows, forms, runs", prefect_address(chosen))
    table.add_row("Prefect: pages and work lists", f"{prefect_address(chosen)}/artifacts")
    if chosen.mode == "local":
        table.add_row("Web site: journeys", f"{site}/staff/")
        if has_examples(chosen):
            table.add_row("Web site: booking, an example", f"{site}/book/{example_practices.first_intake().key}")
        table.add_row("Mailbox: what was sent", f"{site}/mailbox/")
    else:
        table.add_row("Web site: the practices' private pages", chosen.public_address)
    if chosen.kareo_server_port:
        table.add_row("Stand-in for Kareo", f"http://{LOOPBACK}:{chosen.kareo_server_port}/")
    table.add_row("Logs", relative(chosen.logs_folder))
    return table


def _way_in(chosen: Settings) -> str:
    """Say how to sign in to the web site; with examples, by a link for their coach that works once."""
    if chosen.mode != "local":
        return "People sign in with the account that invite-to-portal gives them."
    coach = example_practices.COACH
    made = link_for(coach, as_of=datetime.now(UTC)) if has_examples(chosen) else None
    if isinstance(made, str):
        return f"Sign in as {coach} within ten minutes: {made}\nAnother link: golive sign-in-link {coach}"
    return "Sign in to the web site with a link: golive sign-in-link and the key of one of your team."


def refuse_without_password(chosen: Settings) -> None:
    """Refuse to start Prefect's server without a password where others reach this machine.

    Raises:
        SettingsError: saying what to set.
    """
    sentences = list(without_password(chosen, os.environ))
    if sentences:
        raise SettingsError(sentences)


def start(listed: Path = PREFECT_YAML) -> int:
    """Run golive until it is told to stop; give the exit code."""
    os.umask(0o077)
    console = Console()
    try:
        chosen = settings()
        refuse_without_password(chosen)
        Launcher(chosen, listed, console).run()
    except (CannotStartError, SettingsError) as error:
        console.print(str(error), style="red", highlight=False, soft_wrap=True)
        return os.EX_CONFIG
    return os.EX_OK


def main(arguments: Sequence[str] | None = None) -> int:
    """Start golive from the command line."""
    parser = argparse.ArgumentParser(prog="python -m deployments.local", description=__doc__)
    parser.add_argument("--list", type=Path, default=PREFECT_YAML, help="deployments to serve (default: prefect.yaml)")
    return start(parser.parse_args(arguments).list)


if __name__ == "__main__":
    sys.exit(main())
