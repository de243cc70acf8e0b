"""A stand-in for Google's token address and its interfaces of accounts, locations and reviews, over real HTTP."""

import json
import re
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tasks.connectors.google_wire import GoogleAccount

PLACE = "accounts/1/locations/2"
REVIEW = re.compile(r"^/v4/(accounts/\d+/locations/\d+)/reviews/([\w-]+)(/reply)?$")
REVIEWS = re.compile(r"^/v4/(accounts/\d+/locations/\d+)/reviews$")
Record = dict[str, Any]


@dataclass(frozen=True)
class Fault:
    """How one exchange goes wrong; `acts` lets the call have its effect first."""

    status: int = 503
    acts: bool = False
    cut: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes = b'{"error": {"message": "Zoe K. wrote: canary"}}'


@dataclass
class Google:
    """One account: its places with their reviews, its tokens, and what goes wrong next."""

    url: str = ""
    expires_in: int = 3600
    page_size: int = 2
    places: dict[str, dict[str, Record]] = field(default_factory=lambda: {PLACE: {}})
    refresh_token: str = "refresh"
    tokens: list[str] = field(default_factory=list)
    revoked: set[str] = field(default_factory=set)
    faults: dict[str, deque[Fault]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    total_is: int | None = None

    def account(self, **facts: Any) -> GoogleAccount:
        given: Record = {
            "client_id": "client",
            "client_secret": "secret",
            "refresh_token": "refresh",
            "token_url": f"{self.url}/token",
            "reviews_url": f"{self.url}/v4",
            "accounts_url": f"{self.url}/v1",
            "locations_url": f"{self.url}/v1",
            "answer_timeout": 2,
        }
        return GoogleAccount(**(given | facts))

    def add(self, review: str, stars: str = "FIVE", *, place: str = PLACE, **facts: Any) -> Record:
        record: Record = {
            "name": f"{place}/reviews/{review}",
            "reviewId": review,
            "reviewer": {"displayName": "Zoe K.", "profilePhotoUrl": "https://example.test/p"},
            "starRating": stars,
            "comment": "Very friendly people.",
            "createTime": "2026-11-20T15:01:23.045123456Z",
            "updateTime": "2026-11-20T15:01:23Z",
        }
        self.places[place][review] = record | facts
        return self.places[place][review]

    def goes_wrong(self, call: str, *faults: Fault) -> None:
        self.faults.setdefault(call, deque()).extend(faults)

    def reply(self, review: str, *, place: str = PLACE) -> str:
        return str(self.places[place][review].get("reviewReply", {}).get("comment", ""))

    def puts(self) -> int:
        return sum(call.startswith("PUT") for call in self.calls)


class _Handler(BaseHTTPRequestHandler):
    google: Google

    def log_message(self, *arguments: Any) -> None:
        """Stay quiet."""

    def do_GET(self) -> None:
        self._serve("GET")

    def do_PUT(self) -> None:
        self._serve("PUT")

    def do_POST(self) -> None:
        self._serve("POST")

    def do_DELETE(self) -> None:
        self._serve("DELETE")

    def _serve(self, method: str) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.google.calls.append(f"{method} {parts.path}")
        waiting = self.google.faults.get(method if parts.path != "/token" else "TOKEN")
        fault = waiting.popleft() if waiting else None
        if fault is None or fault.acts:
            status, answer = self._act(method, parts.path, parse_qs(parts.query), body)
        if fault is not None and fault.cut:
            self.connection.close()
            return
        if fault is not None:
            self._say(fault.status, fault.raw, fault.headers)
        else:
            self._say(status, json.dumps(answer).encode(), {})

    def _say(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _act(self, method: str, path: str, query: dict[str, list[str]], body: bytes) -> tuple[int, Record]:
        if path == "/token":
            return self._token(parse_qs(body.decode()))
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self.google.tokens or token in self.google.revoked:
            return 401, {"error": {"status": "UNAUTHENTICATED"}}
        if found := REVIEWS.match(path):
            return self._reviews(found.group(1), query)
        if found := REVIEW.match(path):
            return self._review(method, found, body)
        if path == "/v1/accounts":
            return 200, self._page(
                "accounts", [{"name": "accounts/1"}, {"name": "accounts/7"}, {"name": "accounts/8"}], query
            )
        if found := re.match(r"^/v1/(accounts/\d+)/locations$", path):
            assert query["readMask"] == ["name,title"]
            names = [
                one.removeprefix(found.group(1) + "/")
                for one in self.google.places
                if one.startswith(found.group(1) + "/")
            ]
            return 200, self._page("locations", [{"name": one, "title": "Maple Street"} for one in names], query)
        return 404, {}

    def _token(self, form: dict[str, list[str]]) -> tuple[int, Record]:
        if form["grant_type"] != ["refresh_token"] or form["refresh_token"] != [self.google.refresh_token]:
            return 400, {"error": "invalid_grant"}
        token = f"token-{len(self.google.tokens)}"
        self.google.tokens.append(token)
        return 200, {"access_token": token, "expires_in": self.google.expires_in, "token_type": "Bearer"}

    def _page(self, name: str, items: list[Record], query: dict[str, list[str]]) -> Record:
        assert 1 <= int(query["pageSize"][0]) <= 100
        start = int(query.get("pageToken", ["0"])[0])
        end = start + self.google.page_size
        following = {"nextPageToken": str(end)} if end < len(items) else {}
        return {name: items[start:end], **following} if items else {}

    def _reviews(self, place: str, query: dict[str, list[str]]) -> tuple[int, Record]:
        if place not in self.google.places:
            return 404, {}
        assert int(query["pageSize"][0]) <= 50
        items = list(self.google.places[place].values())
        total = len(items) if self.google.total_is is None else self.google.total_is
        return 200, {**self._page("reviews", items, query), "totalReviewCount": total, "averageRating": 4.5}

    def _review(self, method: str, found: re.Match[str], body: bytes) -> tuple[int, Record]:
        record = self.google.places.get(found.group(1), {}).get(found.group(2))
        if record is None:
            return 404, {}
        if method == "PUT" and found.group(3):
            record["reviewReply"] = {"comment": json.loads(body)["comment"], "updateTime": "2026-11-23T15:00:00Z"}
            return 200, record["reviewReply"]
        if method == "DELETE" and found.group(3):
            return (200, {}) if record.pop("reviewReply", None) else (404, {})
        return 200, record


@contextmanager
def a_google() -> Iterator[Google]:
    google = Google()
    handler = type("Handler", (_Handler,), {"google": google})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    google.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02), daemon=True)
    thread.start()
    try:
        yield google
    finally:
        server.shutdown()
        server.server_close()
