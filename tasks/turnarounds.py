"""How long payers take: an installation's own figures, and what its history teaches every night (E-05, E-40)."""

from collections import Counter
from datetime import datetime

from pydantic import ValidationError
from sqlalchemy.orm import Session

from models.db import read, transaction
from models.inputs.answers import Answer
from models.inputs.csv_files import FileRefusedError
from models.inputs.turnaround_forms import OwnFigures
from models.inputs.turnarounds import Override, parse_overrides, shipped
from models.reports.turnaround_courses import learn_turnarounds
from models.rules.enrollment_facts import Turnaround
from models.store import practices, turnarounds
from models.store.turnarounds import OVERRIDE, Place
from tasks.intake_folder import IntakeFolderError, read_intake
from tasks.policy import effect, safe

__all__ = ["Place"]

Row = dict[str, str]
_NO_STAFF = "There is no member of staff with the key {}; write who is acting."
_NO_PAYER = "There is no payer with the key {}; write a key of a payer list, class:medicare, or any."


def override_of(payer: str, transaction: str, figures: OwnFigures) -> Override | str:
    """Make an override of a form's fields; a sentence where they do not fit together."""
    cells = {name: cell for name, cell in figures.model_dump().items() if cell}
    try:
        return Override.model_validate({"payer": payer, "transaction": transaction, **cells})
    except ValidationError:
        return "The figures do not fit: low, typical and high must rise in this order; 0 is not known."


@effect()
def set_turnaround(override: Override, *, by: str, as_of: datetime) -> Answer:
    """Store one figure of this installation; the same again changes nothing."""

    def save(session: Session) -> Answer:
        if refusal := _stranger(session, override.payer, by):
            return Answer.refused(refusal)
        is_new = turnarounds.save_override(session, override, as_of=as_of)
        return Answer.done(("turnaround_set",)) if is_new else Answer.repeated()

    return transaction(save)


@effect()
def forget_turnaround(place: Place, *, by: str) -> Answer:
    """Take an override away, so that history and shipped figures count again."""

    def forget(session: Session) -> Answer:
        if by not in practices.active_staff(session):
            return Answer.refused(_NO_STAFF.format(by))
        if turnarounds.forget_override(session, place):
            return Answer.done(("turnaround_forgotten",))
        return Answer.repeated(f"There is no figure of your own for {place.payer} {place.transaction}.")

    return transaction(forget)


@effect()
def load_turnarounds(file: str, *, by: str, as_of: datetime) -> Answer:
    """Store the figures of a CSV file; faults are named by line, the rest is taken, the same again changes nothing."""
    try:
        good, faults = parse_overrides(read_intake(file), file=file)
    except (IntakeFolderError, FileRefusedError) as error:
        return Answer.refused(error.sentence)

    def save(session: Session) -> Answer:
        if by not in practices.active_staff(session):
            return Answer.refused(_NO_STAFF.format(by))
        unknown = [one.payer for one in good if not turnarounds.is_known_payer(session, one.payer)]
        known = [one for one in good if one.payer not in unknown]
        stored = sum(turnarounds.save_override(session, one, as_of=as_of) for one in known)
        told = [*faults, *(_NO_PAYER.format(payer) for payer in unknown)]
        summary = f"{stored} stored, {len(known) - stored} known already, {len(told)} faults."
        return Answer(not told, " ".join([summary, *told]), ("turnaround_set",) * bool(stored))

    return transaction(save)


def _stranger(session: Session, payer: str, by: str) -> str:
    if by not in practices.active_staff(session):
        return _NO_STAFF.format(by)
    return "" if turnarounds.is_known_payer(session, payer) else _NO_PAYER.format(payer)


@effect()
def learn_turnarounds_now(*, as_of: datetime) -> Counter[str]:
    """Learn how long payers take from every attempt until now, in place of what was learned before (E-40)."""

    def learn(session: Session) -> Counter[str]:
        learned = learn_turnarounds(session, as_of=as_of)
        turnarounds.save_history(session, learned, as_of=as_of)
        return Counter(histories=len(learned), cases=max((cases for _, cases in learned.values()), default=0))

    return transaction(learn)


@safe
def turnaround_rows() -> list[Row]:
    """List own figures and histories, then those that ship with the product, with their sources."""
    stored = read(turnarounds.list_turnarounds)
    own = [
        _row(*one.place, one.turnaround) | {"from": _origin(one.origin, one.cases), "as of": f"{one.as_of:%Y-%m-%d}"}
        for one in stored
    ]
    rest = [
        _row(_named(one.payer, one.payer_class), one.transaction, one.turnaround)
        | {"from": " ".join(word for word in ("shipped", one.via and f"via {one.via}", one.case) if word)}
        | {"as of": one.as_of}
        for one in shipped()
    ]
    return own + rest


def _origin(origin: str, cases: int) -> str:
    return "own figure" if origin == OVERRIDE else f"history of {cases} cases"


def _named(payer: str, payer_class: str) -> str:
    return f"class:{payer_class}" if payer == "any" and payer_class != "any" else payer


def _row(payer: str, transaction: str, figures: Turnaround) -> Row:
    days = (figures.low, figures.typical, figures.late, figures.high)
    unit = "business days" if figures.is_business_days else "days"
    shown = f"{days[0]} / {days[1]} / {days[2]} / {days[3]} {unit}"
    return {"payer": payer, "transaction": transaction, "10 / 50 / 75 / 90 %": shown, "source": figures.source}
