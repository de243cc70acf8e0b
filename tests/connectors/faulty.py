"""Wrappers that make any mailer or texter fail in the three ways of the world."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from enum import StrEnum

from models.inputs.outgoing import Accepted, OutgoingMail, OutgoingText
from tasks.connectors.ports import Mailer, MailSession, Rejected, Sight, Texter, Unavailable, Unknown


class Fault(StrEnum):
    """How one hand-over goes wrong."""

    NONE = "none"
    UNAVAILABLE = "unavailable"
    REJECTED = "rejected"
    LOST_BEFORE = "lost_before"  # unknown to us; it did not happen
    LOST_AFTER = "lost_after"  # unknown to us; it did happen


class Faults:
    """A script of faults, one for each hand-over; when it is used up all goes well."""

    def __init__(self, script: Iterable[Fault]) -> None:
        self._script = iter(script)

    def before(self) -> Fault:
        """Take the next fault and fail, unless the hand-over is to happen first."""
        match next(self._script, Fault.NONE):
            case Fault.UNAVAILABLE:
                raise Unavailable(reason="injected")
            case Fault.REJECTED:
                raise Rejected(reason="injected")
            case Fault.LOST_BEFORE:
                raise Unknown(reason="injected")
            case fault:
                return fault

    def after(self, fault: Fault) -> None:
        """Fail after the hand-over has happened."""
        if fault is Fault.LOST_AFTER:
            raise Unknown(reason="injected")


class FaultyMailer:
    """A mailer whose hand-overs fail as scripted, over all its sessions; `opening` fails sessions."""

    def __init__(self, inner: Mailer, script: Iterable[Fault] = (), *, opening: Iterable[Fault] = ()) -> None:
        self._inner = inner
        self._faults = Faults(script)
        self._opening = Faults(opening)

    def session(self) -> AbstractContextManager[MailSession]:
        return self._opened()

    def look_up(self, message_id: str) -> Sight:
        return self._inner.look_up(message_id)

    @contextmanager
    def _opened(self) -> Iterator[MailSession]:
        self._opening.before()
        with self._inner.session() as session:
            yield FaultySession(session, self._faults)


class FaultySession:
    """A session of a `FaultyMailer`."""

    def __init__(self, inner: MailSession, faults: Faults) -> None:
        self._inner = inner
        self._faults = faults

    def send(self, mail: OutgoingMail) -> Accepted:
        fault = self._faults.before()
        accepted = self._inner.send(mail)
        self._faults.after(fault)
        return accepted


class FaultyTexter:
    """A texter whose hand-overs fail as scripted."""

    def __init__(self, inner: Texter, script: Iterable[Fault] = ()) -> None:
        self._inner = inner
        self._faults = Faults(script)

    def send(self, text: OutgoingText) -> Accepted:
        fault = self._faults.before()
        accepted = self._inner.send(text)
        self._faults.after(fault)
        return accepted

    def look_up(self, text: OutgoingText) -> Sight:
        return self._inner.look_up(text)
