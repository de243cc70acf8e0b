"""What the front office does about one patient's record: surveys, archive, a message, possible duplicates."""

from collections.abc import Callable
from functools import partial
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from deployments.web.desk_pages import OTHER_PAGE, Values, act, desk_of, key_of, number_of, onward
from deployments.web.errors import Missing
from deployments.web.patients import record_page
from models.db import read, transaction
from models.rules.access import Area
from models.rules.decisions import Refusal
from models.rules.duplicate_commands import Aside, DuplicateOutcome
from models.store import conversation_commands, patient_changes, patient_records
from models.store.conversation_commands import Barrier
from models.store.patient_changes import Recorded, Wanted

MOST_DIGITS: Final = 16
Change = Callable[..., Recorded | Refusal]
SURVEYS: Final[dict[str, Change]] = {
    "excluded": patient_changes.exclude_from_surveys,
    "included": patient_changes.include_in_surveys,
}
ARCHIVE: Final[dict[str, Change]] = {"archived": patient_changes.archive, "restored": patient_changes.restore}
CHOICES: Final = {
    "keep": (DuplicateOutcome.KEPT_BOTH, None),
    "archive_this": (DuplicateOutcome.ARCHIVED, True),
    "archive_other": (DuplicateOutcome.ARCHIVED, False),
    "deactivated_this": (DuplicateOutcome.DEACTIVATED, True),
    "deactivated_other": (DuplicateOutcome.DEACTIVATED, False),
}
"""What a person says of a pair, seen from the record that is open: what was done, and whether this one is put aside."""


def _command(form: str, request: Request, values: Values) -> Wanted:
    """Name the record, who acts, and the key of this form; another practice's record is not there."""
    desk, number = desk_of(request), number_of(request, "patient")
    if not read(partial(patient_records.has_record, practice_id=desk.practice_id, patient=number)):
        raise Missing
    return Wanted(number, desk.by, key_of(form, values))


def _switch(changes: dict[str, Change], field: str, request: Request, values: Values) -> Response:
    """Do what the pressed button says; it names the state that is wanted, so that pressing twice does nothing more."""
    desk = desk_of(request)
    wanted, said = _command(field, request, values), values.get("to", "")
    change = changes.get(said)
    if change is None:
        return record_page(request, fault=(field, "no_choice"))
    done = transaction(partial(change, wanted=wanted, as_of=desk.as_of))
    if isinstance(done, Refusal):
        return record_page(request, fault=(field, done.code))
    return onward(desk, f"/patients/{wanted.number}?done={said}")


def _message(request: Request, values: Values) -> Response:
    """Open the conversation with the patient, or begin one (F-085)."""
    desk = desk_of(request)
    if not desk.may(Area.MESSAGES):
        raise Missing
    begun = transaction(
        partial(conversation_commands.begin, wanted=_command("message", request, values), as_of=desk.as_of)
    )
    match begun:
        case Barrier():
            return record_page(request, fault=("message", begun.value))
        case Refusal():
            return record_page(request, fault=("message", begun.code))
        case thread:
            return onward(desk, f"/messages/{thread}")


def _settle(request: Request, values: Values) -> Response:
    """Settle one pair as a person decided (A-74); nothing is merged (A-73)."""
    desk = desk_of(request)
    wanted = _command("duplicates", request, values)
    number, choice = values.get("pair", ""), values.get("choice", "")
    digits = int(number) if number.isascii() and number.isdecimal() and len(number) <= MOST_DIGITS else 0
    of_patient = partial(patient_records.pair_of, practice_id=desk.practice_id, patient=wanted.number, pair=digits)
    pair = read(of_patient)
    if pair is None:
        raise Missing
    if choice not in CHOICES:
        return record_page(request, fault=(f"pair-{pair.id}", "no_pair_choice"), chosen=(pair.id, choice))
    outcome, is_this = CHOICES[choice]
    aside = Aside.NEITHER
    if is_this is not None:
        aside = Aside.SECOND if is_this == pair.is_first else Aside.FIRST
    command = Wanted(pair.id, wanted.by, wanted.key)
    done = transaction(partial(patient_changes.settle, wanted=command, outcome=outcome, aside=aside, as_of=desk.as_of))
    if isinstance(done, Refusal):
        return record_page(request, fault=(f"pair-{pair.id}", done.code), chosen=(pair.id, choice))
    return onward(desk, f"/patients/{wanted.number}?done=settled")


def _refused(field: str, request: Request, _typed: Values) -> Response:
    return record_page(request, fault=(field, OTHER_PAGE))


surveys = act(partial(_switch, SURVEYS, "surveys"), partial(_refused, "surveys"), Area.PATIENTS)
archive = act(partial(_switch, ARCHIVE, "archive"), partial(_refused, "archive"), Area.PATIENTS)
message = act(_message, partial(_refused, "message"), Area.PATIENTS)
settle = act(_settle, partial(_refused, "duplicates"), Area.PATIENTS)
