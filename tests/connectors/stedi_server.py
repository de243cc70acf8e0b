"""A stand-in for Stedi's enrollment interface as its description of 2024-09-01 has it, over real HTTP, with faults."""

import json
import re
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from tasks.connectors.stedi_wire import StediAccount

KEY = "right key"
BASE = "/2024-09-01"
EMAIL = "enrollments@golive.example.com"
CONTACT = {"email", "phone", "streetAddress1", "city", "state", "zipCode"}
STATUSES = {
    "DRAFT",
    "SUBMITTED",
    "PROVISIONING",
    "LIVE",
    "REJECTED",
    "CANCELED",
    "STEDI_ACTION_REQUIRED",
    "PROVIDER_ACTION_REQUIRED",
}


@dataclass(frozen=True)
class Fault:
    """How one exchange goes wrong; `acts` lets the call have its effect first."""

    status: int = 0
    body: Any = None
    acts: bool = False
    cut: bool = False
    hang: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None


Record = dict[str, Any]


@dataclass
class Stedi:
    """One account: providers, enrollments, documents; and what goes wrong next."""

    url: str = ""
    now: datetime = datetime(2026, 3, 2, 15, 30, tzinfo=UTC)
    page_size: int = 500
    providers: dict[str, Record] = field(default_factory=dict)
    enrollments: dict[str, Record] = field(default_factory=dict)
    documents: dict[str, bytes] = field(default_factory=dict)
    faults: deque[Fault] = field(default_factory=deque)
    faults_of: dict[str, deque[Fault]] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    filters: bool = True
    shuffles: bool = False
    doubles: bool = False
    released: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    ids: int = 0

    def account(self, **facts: Any) -> StediAccount:
        return StediAccount(**{"key": KEY, "email": EMAIL, "base_url": f"{self.url}{BASE}", **facts})

    def new_id(self) -> str:
        self.ids += 1
        return str(UUID(int=self.ids))

    def stamp(self, at: datetime | None = None) -> str:
        return f"{(at or self.now).astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"

    def tick(self, **time: float) -> None:
        self.now += timedelta(**time)

    def show(self, enrollment: str, status: str, *, reason: str = "", tasks: list[Record] | None = None) -> None:
        """Let their staff set a status."""
        record = self.enrollments[enrollment]
        line = {"changedAt": self.stamp(), "changedBy": "system", "newStatus": status, "type": "STATUS_CHANGE"}
        record["history"].append({**line, "previousStatus": record["status"]})
        record |= {"status": status, "statusLastUpdatedAt": self.stamp(), "updatedAt": self.stamp()}
        record |= {"reason": reason} if reason else {}
        record["tasks"] += tasks or []

    def ask(self, kind: str = "provideFilledPdf", *, rank: int = 0) -> Record:
        """Make a task for the practice."""
        said = {"instructions": "Sign and return the form for Dr. Avery Stone."}
        if kind == "provideFilledPdf":
            document = self.new_id()
            self.documents[document] = b"%PDF-1.4 template"
            said["documentDownloadUrl"] = f"https://enrollments.us.stedi.com{BASE}/documents/{document}/download"
        return {
            "id": self.new_id(),
            "definition": {kind: said},
            "isComplete": False,
            "rank": rank,
            "responsibleParty": "PROVIDER",
        }

    def fault(self) -> Fault | None:
        return self.faults.popleft() if self.faults else None


class _Refused(Exception):  # noqa: N818 - an answer, not a failure
    def __init__(self, status: int, body: Record) -> None:
        super().__init__()
        self.status, self.body = status, body


def _require(found: object, path: str, message: str) -> None:
    if not found:
        raise _Refused(400, {"message": message, "fieldList": [{"path": path, "message": message}]})


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet, or each answer costs a delayed acknowledgement

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def do_PUT(self) -> None:
        self._serve("PUT")

    def do_DELETE(self) -> None:
        self._serve("DELETE")

    def _serve(self, method: str) -> None:
        stedi, path = self.server.stedi, urlsplit(self.path).path
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with stedi.lock:
            stedi.calls.append((method, self.path))
            stedi.headers.append(dict(self.headers))
            fault = self._fault(method, path)
            answer: tuple[int, Any] = (200, {})
            if fault is None or fault.acts:
                answer = self._done(method, path, raw)
        if fault is None:
            self._answer(*answer)
        else:
            self._fail(fault, answer)

    def _fault(self, method: str, path: str) -> Fault | None:
        waiting = self.server.stedi.faults_of.get(f"{method} {path.removeprefix(BASE)}")
        return waiting.popleft() if waiting else self.server.stedi.fault()

    def _fail(self, fault: Fault, answer: tuple[int, Any]) -> None:
        if fault.hang:
            self.server.stedi.released.wait(timeout=10)
        if fault.hang or fault.cut:
            self.close_connection = True
            return
        if fault.raw is not None:
            self._send(fault.status or 200, fault.raw, fault.headers)
            return
        self._answer(fault.status or answer[0], answer[1] if fault.body is None else fault.body, fault.headers)

    def _done(self, method: str, path: str, raw: bytes) -> tuple[int, Any]:
        if path.startswith("/signed/"):
            return self._signed(method, path, raw)
        if self.headers.get("Authorization") != KEY:
            return 401, {"message": "Unauthorized"}
        query = parse_qs(urlsplit(self.path).query)
        for pattern, handler in _ROUTES:
            found = re.fullmatch(pattern, f"{method} {path.removeprefix(BASE)}")
            if found and path.startswith(BASE):
                try:
                    body = json.loads(raw) if raw else {}
                    return 200, handler(self.server.stedi, *found.groups(), query=query, body=body)
                except _Refused as refusal:
                    return refusal.status, refusal.body
        return 404, {"message": "Not Found"}

    def _signed(self, method: str, path: str, raw: bytes) -> tuple[int, Any]:
        """Stand in for the storage behind signed addresses: no key of ours may come here."""
        stedi, document = self.server.stedi, path.rpartition("/")[2]
        if "Authorization" in self.headers or not urlsplit(self.path).query:
            return 403, {}
        if method == "PUT":
            stedi.documents[document] = raw
            return 200, {}
        return (200, stedi.documents[document]) if document in stedi.documents else (404, {})

    def _answer(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        self._send(status, body if isinstance(body, bytes) else json.dumps(body).encode(), headers or {})

    def _send(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's name
        """Stay silent."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, stedi: Stedi) -> None:
        self.stedi = stedi
        super().__init__(("127.0.0.1", 0), _Handler)

    def server_bind(self) -> None:
        """Leave out the standard library's look-up of the host's name."""
        TCPServer.server_bind(self)


def _list_providers(stedi: Stedi, *, query: dict[str, list[str]], **_: Any) -> Record:
    wanted = query.get("providerNpis", [])
    return {"items": [one for one in stedi.providers.values() if not wanted or one["npi"] in wanted]}


def _create_provider(stedi: Stedi, *, body: Record, **_: Any) -> Record:
    _require(re.fullmatch(r"[0-9]{10}", body.get("npi", "")), "/npi", "npi")
    _require(re.fullmatch(r"[0-9]{9}", body.get("taxId", "")), "/taxId", "taxId")
    _require(body.get("taxIdType") in ("EIN", "SSN") and len(body.get("name", "")) >= 5, "/name", "name")
    if any((one["npi"], one["taxId"]) == (body["npi"], body["taxId"]) for one in stedi.providers.values()):
        raise _Refused(400, {"message": f"A provider {body['name']} with this npi and taxId already exists"})
    record = {**body, "id": stedi.new_id(), "createdAt": stedi.stamp(), "updatedAt": stedi.stamp()}
    stedi.providers[record["id"]] = record
    return record


def _create(stedi: Stedi, *, body: Record, **_: Any) -> Record:
    contact = body.get("primaryContact", {})
    _require(set(contact) >= CONTACT and all(contact[one] for one in CONTACT), "/primaryContact", "primaryContact")
    _require(re.fullmatch(r"(?:[\s().-]*\d){10}[\s().-]*", contact["phone"]), "/primaryContact/phone", "phone")
    _require(len(body.get("transactions", {})) == 1, "/transactions", "transactions")
    _require("@" in body.get("userEmail", ""), "/userEmail", "userEmail")
    _require(body["payer"]["idOrAlias"] != "NOBODY", "/payer/idOrAlias", "Payer not found")
    if body["provider"]["id"] not in stedi.providers:
        raise _Refused(404, {"message": "Provider not found"})
    provider = stedi.providers[body["provider"]["id"]]
    status = body.get("status", "DRAFT")
    record = {
        **body,
        "id": stedi.new_id(),
        "status": status,
        "provider": {name: provider[name] for name in ("id", "name", "npi", "taxId", "taxIdType")},
        "payer": {"name": "A payer", "stediPayerId": "ABCDE", "submittedPayerIdOrAlias": body["payer"]["idOrAlias"]},
        "createdAt": stedi.stamp(),
        "updatedAt": stedi.stamp(),
        "statusLastUpdatedAt": stedi.stamp(),
        "source": "API",
        "history": [
            {"changedAt": stedi.stamp(), "changedBy": EMAIL, "newStatus": status, "type": "STATUS_CHANGE"},
        ],
        "documents": [],
        "tasks": [],
    }
    stedi.enrollments[record["id"]] = record
    return record


def _list(stedi: Stedi, *, query: dict[str, list[str]], **_: Any) -> Record:
    found = list(stedi.enrollments.values())
    if stedi.filters:
        emails = {one.casefold() for one in query.get("userEmails", [])}
        since = datetime.fromisoformat(query.get("statusUpdatedFrom", ["1970-01-01T00:00:00Z"])[0])
        found = [one for one in found if not emails or one["userEmail"].casefold() in emails]
        found = [one for one in found if datetime.fromisoformat(one["statusLastUpdatedAt"]) >= since]
    newest_last = query.get("sortBy") == ["statusLastUpdatedAt:asc"]
    found.sort(key=lambda one: (one["statusLastUpdatedAt"], one["id"]), reverse=not newest_last or stedi.shuffles)
    start, size = int(query.get("pageToken", ["0"])[0]), min(int(query["pageSize"][0]), stedi.page_size)
    items = [{name: value for name, value in one.items() if name != "userEmail"} for one in found]
    page: Record = {"items": items[start : start + size], "totalCount": len(found)}
    if stedi.doubles and start:
        page["items"] = [*items[:size], *page["items"]]
    return {**page, "nextPageToken": str(start + size)} if start + size < len(found) else page


def _one(stedi: Stedi, enrollment: str, **_: Any) -> Record:
    if enrollment not in stedi.enrollments:
        raise _Refused(404, {"message": "Not found", "code": "ResourceNotFound"})
    return stedi.enrollments[enrollment]


def _delete(stedi: Stedi, enrollment: str, **_: Any) -> bytes:
    if _one(stedi, enrollment)["status"] != "DRAFT":
        raise _Refused(400, {"message": "Only enrollments in DRAFT status can be deleted"})
    del stedi.enrollments[enrollment]
    return b""


def _upload(stedi: Stedi, enrollment: str, *, body: Record, **_: Any) -> Record:
    record, document = _one(stedi, enrollment), stedi.new_id()
    _require(any(one["id"] == body.get("taskId") for one in record["tasks"]), "/taskId", "taskId")
    line = {"id": document, "enrollmentId": enrollment, "name": body["name"], "status": "PENDING"}
    record["documents"].append({**line, "taskId": body["taskId"], "createdAt": stedi.stamp(), "updatedAt": None})
    return {
        "documentId": document,
        "enrollmentId": enrollment,
        "uploadUrl": f"{stedi.url}/signed/{document}?X-Amz-Signature=secret",
    }


def _complete(stedi: Stedi, task: str, *, body: Record, **_: Any) -> Record:
    for record in stedi.enrollments.values():
        for one in record["tasks"]:
            if one["id"] == task:
                document = body["responseData"]["pdfUpload"]["documentId"]
                _require(document in stedi.documents, "/responseData", "the document was not uploaded")
                one |= {"isComplete": True, "completedAt": stedi.stamp(), "responseData": body["responseData"]}
                for line in record["documents"]:
                    line.update({"status": "UPLOADED"} if line["id"] == document else {})
                return {"task": one}
    raise _Refused(404, {"message": "Not found"})


def _download(stedi: Stedi, document: str, **_: Any) -> Record:
    if document not in stedi.documents:
        raise _Refused(404, {"message": "Not found"})
    return {"documentId": document, "downloadUrl": f"{stedi.url}/signed/{document}?X-Amz-Signature=secret"}


_ROUTES: tuple[tuple[str, Any], ...] = (
    (r"GET /providers", _list_providers),
    (r"POST /providers", _create_provider),
    (r"POST /enrollments", _create),
    (r"GET /enrollments", _list),
    (r"GET /enrollments/([^/]+)", _one),
    (r"DELETE /enrollments/([^/]+)", _delete),
    (r"POST /enrollments/([^/]+)/documents", _upload),
    (r"POST /tasks/([^/]+)", _complete),
    (r"GET /documents/([^/]+)/download", _download),
)


@contextmanager
def a_stedi() -> Iterator[Stedi]:
    """Run the stand-in on a free port of this machine."""
    stedi = Stedi()
    server = _Server(stedi)
    stedi.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield stedi
    finally:
        stedi.released.set()
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
