"""The parts that one start brings up, and the command of each process."""

import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from deployments.environment import LOOPBACK
from models.exposure import is_loopback, proxies
from models.settings import Settings

WEB_LOGGING = Path(__file__).with_name("web") / "logging.yml"
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


class Part(StrEnum):
    """What a machine may start alone, when others start the rest."""

    SERVER = "server"
    WEB = "web"
    WORKERS = "workers"


def parts_of(chosen: Settings, only: Sequence[Part]) -> frozenset[Part]:
    """Give the parts to start: those asked for, else all, but for a Prefect server where one runs elsewhere."""
    if only:
        return frozenset(only)
    return frozenset(Part) - ({Part.SERVER} if chosen.prefect_address else set())


@dataclass(frozen=True, slots=True)
class Worker:
    """One worker of this start, by its number from 1."""

    number: int
    home: Path

    @property
    def name(self) -> str:
        """Give the name of its log."""
        return "runner" if self.number == 1 else f"runner-{self.number}"

    @property
    def ready(self) -> Path:
        """Name the file that it touches as soon as it serves."""
        return self.home / f"{self.name}.ready"


def server_command(chosen: Settings, port: int) -> tuple[str, ...]:
    """Give the command of one Prefect server."""
    return (*_UVICORN, "--host", chosen.prefect_host, "--port", str(port), "prefect.server.api.server:create_app")


def web_command(chosen: Settings) -> tuple[str, ...]:
    """Give the command of the web site."""
    place = ("--host", chosen.host, "--port", str(chosen.web_port), *web_protection(chosen))
    return (*_UVICORN, *place, "--log-config", str(WEB_LOGGING), "deployments.web.site:create_site")


def web_protection(chosen: Settings) -> tuple[str, ...]:
    """Give the arguments by which the web site speaks TLS itself, or believes the proxy before it."""
    trusted = ("--forwarded-allow-ips", ",".join((LOOPBACK, *proxies(chosen))))
    if not chosen.tls_certificate:
        return trusted
    return (*trusted, "--ssl-certfile", chosen.tls_certificate, "--ssl-keyfile", chosen.tls_key)


def worker_command(chosen: Settings, worker: Worker, listed: Path, parts: Collection[Part]) -> tuple[str, ...]:
    """Give the command of one worker; where the Prefect server is started elsewhere, it is deployed there too."""
    command = (sys.executable, "-m", "deployments.runner", str(worker.ready), str(listed))
    joins = () if Part.SERVER in parts else ("--joins",)
    return (*command, "--number", str(worker.number), "--of", str(_most_workers(chosen)), *joins)


def _most_workers(chosen: Settings) -> int:
    """Count the workers that may be there: where another machine reaches Prefect, there may be one more."""
    is_reached = bool(chosen.redis_url) or not is_loopback(chosen.prefect_host)
    return max(chosen.workers, 2 if is_reached else 1)
