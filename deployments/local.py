"""The one-command start: database, Prefect server, web site and runner, up together and down together."""

import argparse
import importlib
import os
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator, Sequence
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
from deployments.environment import LOOPBACK, PREFECT_YAML, child_environment, prefect_address, server_ports
from deployments.parts import Part, Worker, parts_of, server_command, web_command, worker_command
from deployments.prefect_database import filled_template, lend_template, template
from deployments.sign_in_link import link_for
from deployments.stopping import Stopping
from models.db import DatabaseFailure, database
from models.exposure import without_password
from models.migrations.migrate import MigrationRefusedError, upgrade
from models.settings import Settings, SettingsError, settings

PATIENCE_SECONDS = 180.0


class Launcher:
    """One run of golive on one machine, from the first folder to the last child."""

    def __init__(self, chosen: Settings, listed: Path, console: Console, parts: Collection[Part]) -> None:
        self._chosen = chosen
        self._parts = parts
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
            check_ports(self._chosen, self._parts)
            self._stopping.listen()
            children = Children(self._chosen.home)
            stack.callback(self._stop_children, children)
            self._start(children)
            if not self._stopping.is_asked():
                self._console.print(_addresses(self._chosen, self._parts))
                if Part.WEB in self._parts:
                    self._console.print(_way_in(self._chosen), highlight=False, soft_wrap=True)
            self._watch(children)

    def _start(self, children: Children) -> None:
        workers = self._workers()
        for one in workers:
            one.ready.unlink(missing_ok=True)
        self._start_server(children)
        with self._stage("Database is up to date"):
            _migrate()
        if Part.WEB in self._parts:
            children.start(self._child("web-site", web_command(self._chosen)))
        for one in workers:
            children.start(self._worker(one))
        if self._chosen.kareo_server_port:
            children.start(self._kareo_server())
        self._wait_for_parts(children, workers)
        if self._chosen.kareo_server_port and has_examples(self._chosen):
            with self._stage("The stand-in for Kareo answers"):
                self._connect_kareo()

    def _wait_for_parts(self, children: Children, workers: Sequence[Worker]) -> None:
        if Part.WEB in self._parts:
            with self._stage("Examples are loaded"):
                load_example(self._chosen)
            with self._stage("Web site answers"):
                self._wait(children, lambda: _site_answers(self._chosen))
        if Part.SERVER in self._parts:
            self._wait_for_servers(children)
        if workers:
            with self._stage("Deployments are served"):
                self._wait(children, lambda: all(one.ready.exists() for one in workers))

    def _workers(self) -> list[Worker]:
        if Part.WORKERS not in self._parts:
            return []
        return [Worker(number, self._chosen.home) for number in range(1, self._chosen.workers + 1)]

    def _start_server(self, children: Children) -> None:
        if Part.SERVER in self._parts:
            if not self._chosen.prefect_database_url:
                lent = filled_template() if self._listed == PREFECT_YAML else template()
                lend_template(self._chosen.prefect_home, lent)
            children.start(self._server(0))

    def _wait_for_servers(self, children: Children) -> None:
        """Start the other servers when the first one answers: it brings their common database up to date."""
        ports = server_ports(self._chosen)
        with self._stage("Prefect server answers"):
            self._wait(children, lambda: _prefect_answers(self._chosen, ports[0]))
        for index in range(1, len(ports)):
            children.start(self._server(index))
        for index in range(1, len(ports)):
            with self._stage(f"Prefect server {index + 1} answers"):
                self._wait(children, lambda index=index: _prefect_answers(self._chosen, ports[index]))  # type: ignore[misc]

    def _server(self, index: int) -> Child:
        name = "prefect-server" if index == 0 else f"prefect-server-{index + 1}"
        return self._child(name, server_command(self._chosen, server_ports(self._chosen)[index]))

    def _worker(self, worker: Worker) -> Child:
        """Give a worker; beside several servers of this machine, each works with the next one."""
        environment = self._environment()
        if Part.SERVER in self._parts:
            ports = server_ports(self._chosen)
            near = ports[(worker.number - 1) % len(ports)]
            environment["PREFECT_API_URL"] = f"http://{_near(self._chosen)}:{near}/api"
        command = worker_command(self._chosen, worker, self._listed, self._parts)
        log = self._chosen.logs_folder / f"{worker.name}.log"
        return Child(worker.name, command, environment, log, patience=30.0)  # flows get the time to end their batch

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

    def _child(self, name: str, command: Sequence[str]) -> Child:
        return Child(name, command, self._environment(), self._chosen.logs_folder / f"{name}.log")

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


def _site_answers(chosen: Settings) -> bool:
    if not chosen.tls_certificate:
        return _answers(HTTPConnection(chosen.host, chosen.web_port, timeout=2.0), "/health")
    ours = ssl.create_default_context()
    ours.check_hostname = False  # our own child: its certificate is for the public name
    ours.verify_mode = ssl.CERT_NONE
    return _answers(HTTPSConnection(chosen.host, chosen.web_port, timeout=2.0, context=ours), "/health")


def _near(chosen: Settings) -> str:
    """Give the address by which this machine reaches its own Prefect."""
    return LOOPBACK if chosen.prefect_host in {"0.0.0.0", "localhost"} else chosen.prefect_host  # noqa: S104 - compared


def _prefect_answers(chosen: Settings, port: int) -> bool:
    return _answers(HTTPConnection(_near(chosen), port, timeout=2.0), "/api/health")


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


def _addresses(chosen: Settings, parts: Collection[Part]) -> Table:
    table = Table(show_header=False, title="golive is up (Ctrl-C stops it)", title_justify="left")
    table.add_row("Prefect: flows, forms, runs", prefect_address(chosen))
    table.add_row("Prefect: pages and work lists", f"{prefect_address(chosen)}/artifacts")
    if Part.WEB in parts:
        _add_site(table, chosen)
    if chosen.kareo_server_port:
        table.add_row("Stand-in for Kareo", f"http://{LOOPBACK}:{chosen.kareo_server_port}/")
    table.add_row("Logs", relative(chosen.logs_folder))
    return table


def _add_site(table: Table, chosen: Settings) -> None:
    site = f"http://{chosen.host}:{chosen.web_port}"
    if chosen.mode == "local":
        table.add_row("Web site: journeys", f"{site}/staff/")
        if has_examples(chosen):
            table.add_row("Web site: booking, an example", f"{site}/book/{example_practices.first_intake().key}")
        table.add_row("Mailbox: what was sent", f"{site}/mailbox/")
    else:
        table.add_row("Web site: the practices' private pages", chosen.public_address)


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


def start(listed: Path = PREFECT_YAML, only: Sequence[Part] = ()) -> int:
    """Run golive until it is told to stop; give the exit code."""
    os.umask(0o077)
    console = Console()
    try:
        chosen = settings()
        refuse_without_password(chosen)
        Launcher(chosen, listed, console, parts_of(chosen, only)).run()
    except (CannotStartError, SettingsError) as error:
        console.print(str(error), style="red", highlight=False, soft_wrap=True)
        return os.EX_CONFIG
    return os.EX_OK


def main(arguments: Sequence[str] | None = None) -> int:
    """Start golive from the command line."""
    parser = argparse.ArgumentParser(prog="python -m deployments.local", description=__doc__)
    parser.add_argument("--list", type=Path, default=PREFECT_YAML, help="deployments to serve (default: prefect.yaml)")
    parser.add_argument(
        "--only",
        type=Part,
        action="append",
        choices=list(Part),
        default=[],
        help="start this part alone, for more machines than one; may be given twice (default: all)",
    )
    given = parser.parse_args(arguments)
    return start(given.list, given.only)


if __name__ == "__main__":
    sys.exit(main())
