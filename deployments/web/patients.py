"""Patients: found by exact name and date of birth, and one record opened; what was looked for stands in no address."""

from functools import partial
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from deployments.web.desk_pages import OTHER_PAGE, Desk, Values, act, desk_of, number_of, show_desk, status_of
from deployments.web.errors import Missing
from models.db import read
from models.inputs.patient_search import PatientSearch, read_search
from models.rules.access import Area, Right
from models.store import patient_records
from models.store.patients import Person
from templates.phone_numbers import written_number

FIELDS: Final = ("first", "last", "born")
DONE: Final = ("archived", "restored", "excluded", "included", "settled")


def show_search(request: Request) -> Response:
    """Show the form with which a record is looked for."""
    return _search_page(desk_of(request), {})


def _search_page(
    desk: Desk,
    typed: Values,
    *,
    found: list[patient_records.Opened] | None = None,
    faults: dict[str, str] | None = None,
    status: int = HTTPStatus.OK,
) -> Response:
    errors = {name: desk.voice.tell(f"record_faults.{code}") for name, code in (faults or {}).items()}
    kept = {name: typed.get(name, "") for name in FIELDS}
    return show_desk(desk, "patients", "/patients", status=status, typed=kept, found=found, errors=errors)


def _search(request: Request, values: Values) -> Response:
    """List the records with exactly this name and date of birth; who is looked for stays in the form."""
    desk = desk_of(request)
    wanted = read_search(values, today=desk.voice.today)
    if not isinstance(wanted, PatientSearch):
        return _search_page(desk, values, faults=wanted, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    person = Person(wanted.first, wanted.last, wanted.born)
    found = read(partial(patient_records.search, practice_id=desk.practice_id, person=person))
    return _search_page(desk, values, found=found)


def _not_ours(request: Request, typed: Values) -> Response:
    return _search_page(desk_of(request), typed, faults={"first": OTHER_PAGE}, status=HTTPStatus.FORBIDDEN)


search = act(_search, _not_ours, Area.PATIENTS, Right.READ)


def show_record(request: Request) -> Response:
    """Show one patient's record."""
    said = request.query_params.get("done", "")
    return record_page(request, done=said if said in DONE else "")


def record_page(
    request: Request, *, fault: tuple[str, str] = ("", ""), chosen: tuple[int, str] = (0, ""), done: str = ""
) -> Response:
    """Show one record; `fault` names a field and what is wrong there, `chosen` what was chosen for which pair."""
    desk, number = desk_of(request), number_of(request, "patient")
    found = read(partial(patient_records.find_record, practice_id=desk.practice_id, patient=number))
    if found is None:
        raise Missing
    field, code = fault
    return show_desk(
        desk,
        "patient",
        f"/patients/{number}",
        status=status_of(code),
        found=found,
        may_act=desk.may(Area.PATIENTS),
        may_text=desk.may(Area.MESSAGES),
        phone=written_number,
        chosen=chosen,
        errors={field: desk.voice.tell(f"record_faults.{code}")} if code else {},
        done=done,
    )
