"""Appointments for other programs of the staff: a FHIR R4 Bundle of some days."""

from datetime import timedelta
from http import HTTPStatus
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from deployments.web.errors import Missing
from deployments.web.pages import moment_of
from models.db import read
from models.reports.fhir import MEDIA_TYPE, outcome
from models.reports.fhir_export import ExportRefusedError, days_of, export_bundle
from models.rules.calendars import local_day
from models.settings import settings
from models.store.practices import find_practice

DAYS_SHOWN: Final = 30


def give_appointments(request: Request) -> Response:
    """Give a practice's appointments from one local day to another, both included; from today on if no days are named.

    A refusal is a FHIR OperationOutcome.
    """
    as_of, key = moment_of(request), request.path_params["key"]
    practice = read(lambda session: find_practice(session, key))
    if practice is None:
        raise Missing
    today = local_day(as_of, practice.zone)
    first = request.query_params.get("from", str(today))
    last = request.query_params.get("to", str(today + timedelta(days=DAYS_SHOWN)))
    try:
        pieces = export_bundle(key, days_of(first, last), address=settings().public_address, as_of=as_of)
    except ExportRefusedError as refusal:
        content = orjson.dumps(outcome(str(refusal)))
        return Response(content, HTTPStatus.BAD_REQUEST, media_type=MEDIA_TYPE)
    headers = {"Content-Disposition": f'attachment; filename="appointments-{key}.json"'}
    return StreamingResponse(pieces, media_type=MEDIA_TYPE, headers=headers)
