"""What leaves the stand-in for one SOAP request, with whatever is to go wrong."""

import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from deployments.kareo_server import operations, soap
from deployments.kareo_server.description import KAREO
from deployments.kareo_server.faults import FAILURES, ISSUES, STATUSES, Fault, Faults, Kind
from deployments.kareo_server.security import permission_missing
from deployments.kareo_server.soap import NotReadableError, Record, Request
from deployments.kareo_server.staff import State

_BEFORE_EFFECT: Final = frozenset({Kind.TIMEOUT_BEFORE_EFFECT, Kind.DROPPED_BEFORE_EFFECT, Kind.SERVER_FAULT})
_HANGING: Final = frozenset({Kind.TIMEOUT_BEFORE_EFFECT, Kind.TIMEOUT_AFTER_EFFECT})
_DROPPED: Final = frozenset({*_HANGING, Kind.DROPPED_BEFORE_EFFECT, Kind.DROPPED_AFTER_EFFECT})
_FAULTS: Final = frozenset({Kind.SERVER_FAULT, Kind.SERVER_FAULT_AFTER_EFFECT})
_HEAD: Final = b'<?xml version="1.0" encoding="utf-8"?>'
_BOMB: Final = b'<!DOCTYPE b [<!ENTITY b0 "boom">%b]>' % b"".join(
    b'<!ENTITY b%d "%b">' % (level, b"&b%d;" % (level - 1) * 10) for level in range(1, 10)
)


@dataclass(frozen=True, slots=True)
class Leaving:
    """What leaves over HTTP; `claimed` is the length that is told where it is not the real one."""

    status: int = 200
    body: bytes = field(default=b"", repr=False)
    is_dropped: bool = False
    claimed: int | None = None
    retry_after: int | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One call as it is noted: no content, only what was called, when, and what went wrong on demand."""

    operation: str
    at: datetime
    fault: Kind | None


@dataclass(slots=True)
class Exchange:
    """One server's state, faults and notes."""

    state: State
    faults: Faults = field(default_factory=Faults)
    log: list[Call] = field(default_factory=list)

    @property
    def calls(self) -> Counter[str]:
        """Count the calls by operation."""
        return Counter(call.operation for call in self.log)

    def serve(self, body: bytes) -> Leaving:
        """Serve one SOAP request."""
        try:
            request = soap.read(body)
        except NotReadableError as error:
            return Leaving(500, soap.write_fault("DeserializationFailed", str(error)))
        name = request.operation.name
        key = (request.given.get("RequestHeader") or {}).get("CustomerKey") or ""
        now = self.state.now()
        fault = self.faults.next_for(name, key, now)
        self.log.append(Call(name, now, fault.kind if fault else None))
        if fault is None:
            return Leaving(body=self._written(request))
        return self._go_wrong(request, fault)

    def _written(self, request: Request) -> bytes:
        return soap.write(request.operation, operations.answer(self.state, request))

    def _go_wrong(self, request: Request, fault: Fault) -> Leaving:
        kind = fault.kind
        if kind in STATUSES:
            return Leaving(STATUSES[kind], b"Try again later.", retry_after=self.faults.retry_after)
        if kind in FAILURES or kind in ISSUES:
            return Leaving(body=soap.write(request.operation, self._refusal(request, fault)))
        body = b"" if kind in _BEFORE_EFFECT else self._written(request)
        if kind in _HANGING:
            self.faults.released.wait(self.faults.hang_for)
        if kind in _DROPPED:
            return Leaving(is_dropped=True)
        if kind in _FAULTS:
            return Leaving(500, soap.write_fault("InternalServiceFault", fault.message or "The server failed."))
        if kind is Kind.SLOW:
            time.sleep(self.faults.slow_for)
        return self._mangled(kind, body)

    def _refusal(self, request: Request, fault: Fault) -> Record:
        if fault.kind in FAILURES:
            return operations.fail(fault.message or FAILURES[fault.kind], None)
        missing = fault.kind is Kind.PERMISSION_MISSING
        issue = permission_missing(request.operation.name) if missing else ISSUES[fault.kind]
        return operations.refuse(self.state, issue, None)

    def _mangled(self, kind: Kind, body: bytes) -> Leaving:
        match kind:
            case Kind.MALFORMED_XML:
                return Leaving(body=body[: len(body) * 2 // 3])
            case Kind.CUT_SHORT:
                return Leaving(body=body[: len(body) // 2], claimed=len(body))
            case Kind.DOCTYPE:
                return Leaving(body=body.replace(_HEAD, _HEAD + b"<!DOCTYPE s:Envelope>"))
            case Kind.ENTITY_BOMB:
                return Leaving(body=body.replace(_HEAD, _HEAD + _BOMB).replace(b"<s:Body>", b"<s:Body><b>&b9;</b>"))
            case Kind.HUGE:
                return Leaving(body=body + b" " * self.faults.huge_bytes)
            case Kind.WRONG_NAMESPACE:
                return Leaving(body=body.replace(KAREO.encode(), b"http://example.com/another/"))
            case Kind.EMPTY_BODY:
                return Leaving()
        return Leaving(body=body)
