"""How fast feedback pages answer: a site in a process of its own, asked at a fixed rate, whatever it takes."""

import asyncio
import os
import random
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import quantiles
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import insert
from sqlalchemy.orm import Session

from models.db import Database
from models.rules.appointments import Origin, PatientType, Status
from models.rules.feedback import CADENCE, Destination, Outcome, Policy, RequestState
from models.rules.messages import Channel
from models.sealing import INSTALLATION
from models.store import feedback_changes, feedback_policies
from models.store.keys import keys_of
from models.store.practices import TOKEN_LENGTH, hash_of_token
from models.tables.base import new_id
from tests.benchmarks.rows import table, tidy
from tests.booking import a_booking

PRACTICES = 10
GET, ANSWER, TELL = "look", "yes or no", "stars and words"
MIX = {GET: 0.7, ANSWER: 0.2, TELL: 0.1}
WORDS = "Everybody was kind, and the doctor took the time to explain every step in plain words. " * 3
ROOT = Path(__file__).parents[2]
ADDRESSES = {one: f"https://{one.value.replace('_', '-')}.example.com/maple-street" for one in Destination}


@dataclass(frozen=True, slots=True)
class Link:
    """One link, what is done with it, and the secret of its form where it was answered before."""

    kind: str
    token: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """One request that was made: when it was due, how long its answer took from then on, and the status."""

    kind: str
    due: float
    milliseconds: float
    status: int


def fill_links(db: Database, count: int) -> list[Link]:
    """Put in practices with patients who were asked yesterday, one request each; gives their links, shuffled."""
    now = datetime.now(UTC)
    links = list[Link]()
    for number in range(PRACTICES):
        made = a_booking(db, key=f"practice-{number}")
        fill_one = partial(_fill_practice, own=(made.practice, made.providers[0]), count=count // PRACTICES, now=now)
        links += db.transaction(fill_one)
    random.Random(5).shuffle(links)
    tidy(db)
    return links


def _fill_practice(session: Session, own: tuple[int, int], count: int, *, now: datetime) -> list[Link]:
    policy = Policy(1, asks=CADENCE, destinations=tuple(Destination))
    since = now - timedelta(days=3)
    feedback_policies.add_version(session, own[0], policy, ADDRESSES, by="manager-1", as_of=since)
    keys, installation = keys_of(session, own[0]), keys_of(session, INSTALLATION)
    kinds = random.Random(own[0]).choices(list(MIX), list(MIX.values()), k=count)
    found, rows = list[Link](), dict[str, list[dict[str, Any]]]()
    for kind in kinds:
        request = new_id()
        token, stop = feedback_changes.tokens_of(keys, request)
        key = installation.blind(token, purpose="feedback thanks")[:TOKEN_LENGTH] if kind == TELL else ""
        found.append(Link(kind, token, key))
        for name, row in _rows(own, request, (token, stop), is_answered=kind == TELL, now=now).items():
            rows.setdefault(name, []).append(row)
    for name, several in rows.items():
        if several[0]:
            session.execute(insert(table(name)), [one for one in several if one])
    return found


def _rows(
    own: tuple[int, int], request: int, tokens: tuple[str, str], *, is_answered: bool, now: datetime
) -> dict[str, dict[str, Any]]:
    practice, provider = own
    patient, visit, asked_at = new_id(), new_id(), now - timedelta(days=1)
    home = {"practice_id": practice}
    answered = {"state": RequestState.ANSWERED, "answered_at": now} if is_answered else {"state": RequestState.ASKED}
    rows: dict[str, dict[str, Any]] = {
        "patients": home
        | {"id": patient, "origin": Origin.KAREO, "system_id": str(patient), "person": "-", "created_at": asked_at}
        | {"match_index": str(patient), "born_index": str(patient), "phone_index": f"p{patient}"},
        "appointments": home
        | {"id": visit, "patient_id": patient, "provider_id": provider, "status": Status.CHECKED_OUT}
        | {"origin": Origin.KAREO, "patient_type": PatientType.RETURNING, "requested_at": asked_at}
        | {"starts_at": asked_at, "ends_at": asked_at},
        "feedback_requests": home
        | {"id": request, "appointment_id": visit, "epoch": 1, "patient_id": patient, "provider_id": provider}
        | {"policy_version": 1, "places": "America/New_York:NY", "checked_out_at": asked_at, "number": 1, "sent": 1}
        | {"first_sent_at": asked_at, "previous_at": asked_at, "link_hash": hash_of_token(tokens[0])}
        | {"stop_hash": hash_of_token(tokens[1]), "answered_at": None}
        | answered,
        "feedback_attempts": home
        | {"request_id": request, "patient_id": patient, "number": 1, "channel": Channel.TEXT}
        | {"outcome": Outcome.SENT, "at": asked_at},
    }
    if is_answered:
        rows["feedback_answers"] = home | {"request_id": request, "provider_id": provider, "is_satisfied": True}
        rows["feedback_answers"] |= {"locale": "en", "answered_at": now}
    return rows


@contextmanager
def serving(home: Path, port: int) -> Iterator[Callable[[], float]]:
    """Let a site of one process answer over the database of a home, as an installation runs it.

    Gives what tells the seconds of processor time that answering took, once the site has ended.
    """
    before = _seconds_of_children()
    site = ("-m", "uvicorn", "--factory", "deployments.web.site:create_site", "--no-access-log", "--log-level=warning")
    served = subprocess.Popen(
        [sys.executable, *site, "--host=127.0.0.1", f"--port={port}"],
        cwd=ROOT,
        env={**os.environ, "GOLIVE_HOME": str(home)},
    )
    try:
        asyncio.run(_until_open(port))
        started = _processor_seconds(served.pid)
        yield lambda: _seconds_of_children() - before - started
    finally:
        served.terminate()
        served.wait(10)


def _seconds_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _processor_seconds(process: int) -> float:
    """Read what a process has taken so far: its start is no part of answering."""
    file = Path(f"/proc/{process}/stat")
    if not file.exists():
        return 0.0
    user, system = file.read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


async def _until_open(port: int) -> None:
    for _ in range(600):
        try:
            await _ask(port, "127.0.0.1", b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        except OSError:
            await asyncio.sleep(0.05)
        else:
            return
    message = "the site did not open its port within 30 seconds"
    raise RuntimeError(message)


def ask_all(port: int, links: Sequence[Link], *, rate: int, seconds: int) -> list[Answered]:
    """Ask for one link after the other at a fixed rate, each from an address of its own, waiting for none."""
    return asyncio.run(_ask_all(port, links[: rate * seconds], rate))


async def _ask_all(port: int, links: Sequence[Link], rate: int) -> list[Answered]:
    start = time.perf_counter() + 0.2
    asked = list[asyncio.Task[Answered]]()
    for number, link in enumerate(links):
        due = start + number / rate
        await asyncio.sleep(max(0, due - time.perf_counter()))
        caller = f"127.{1 + number // 60000}.{number // 250 % 240}.{1 + number % 250}"
        asked.append(asyncio.create_task(_timed(port, caller, link, due)))
    return await asyncio.gather(*asked)


async def _timed(port: int, caller: str, link: Link, due: float) -> Answered:
    try:
        status = await asyncio.wait_for(_ask(port, caller, _request(link)), 30)
    except (OSError, ValueError, TimeoutError):
        status = 0
    return Answered(link.kind, due, 1000 * (time.perf_counter() - due), status)


async def _ask(port: int, caller: str, request: bytes) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(caller, 0))
    writer.write(request)
    answer = await reader.read(-1)
    writer.close()
    return int(answer.split(b" ", 2)[1])


def _request(link: Link) -> bytes:
    head = "Host: x\r\nConnection: close\r\nAccept-Language: en\r\n"
    if link.kind == GET:
        return f"GET /f/{link.token} HTTP/1.1\r\n{head}\r\n".encode()
    form: dict[str, str] = {"lang": "en", "answer": "yes"}
    if link.kind == TELL:
        form = {"lang": "en", "key": link.key, "stars": "5", "words": WORDS}
    body = urlencode(form)
    address = f"/f/{link.token}" + ("/tell" if link.kind == TELL else "")
    head += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
    return f"POST {address} HTTP/1.1\r\n{head}\r\n{body}".encode()


def errors(answered: Sequence[Answered]) -> Counter[int]:
    """Count the statuses that are none of those that pages answer with."""
    return Counter(one.status for one in answered if one.status != (200 if one.kind == GET else 303))


def percentile(answered: Sequence[Answered], percent: int) -> float:
    """Give the milliseconds within which so many of a hundred were answered."""
    return quantiles([one.milliseconds for one in answered], n=100, method="inclusive")[percent - 1]


def show(answered: Sequence[Answered], *, rate: int, cpu_seconds: float) -> None:
    """Write one line per kind of request, and one for all; the site's own time tells how busy the machine else was."""
    own = f"feedback pages, {rate} a second, ms; {1000 * cpu_seconds / len(answered):.1f} each of the site's own work"
    lines = [own, f"{'':<36}{'asked':>8}{'p50':>8}{'p95':>8}{'p99':>8}{'max':>8}{'errors':>8}"]
    kinds = [(kind, [one for one in answered if one.kind == kind]) for kind in MIX] + [("all", list(answered))]
    lines += [
        f"{kind:<36}{len(found):>8,}{percentile(found, 50):>8.1f}{percentile(found, 95):>8.1f}"
        f"{percentile(found, 99):>8.1f}{max(one.milliseconds for one in found):>8.1f}{errors(found).total():>8}"
        for kind, found in kinds
    ]
    sys.stdout.write("\n" + "\n".join(lines) + "\n")
