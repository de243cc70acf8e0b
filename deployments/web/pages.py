"""How a page leaves the house: rendered, with its status; missing pages all look the same."""

from datetime import date, datetime
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from deployments.web.present import present_who
from deployments.web.static import stylesheet_address
from deployments.web.wording import Voice
from models.settings import settings
from templates.render import render_page

ERRORS = {
    HTTPStatus.NOT_FOUND: (
        "This page does not exist",
        "The address may be mistyped or no longer valid. If it came in a mail from us, please use the newest one.",
        "Esta página no existe",
        "La dirección puede tener un error o ya no ser válida. Si le llegó en un correo nuestro, use el más reciente.",
    ),
    HTTPStatus.GONE: (
        "The words of this practice are gone",
        (
            "Its key was destroyed when it left: sealed names and words can be read no more, and nothing can be added. "
            "Its dates, states and figures still stand in the lists, and no other practice is concerned."
        ),
        "Los textos de este consultorio ya no existen",
        (
            "Su clave se destruyó cuando se fue: los nombres y textos sellados ya no se pueden leer, ni añadir nada. "
            "Sus fechas, estados y cifras siguen en las listas, y ningún otro consultorio se ve afectado."
        ),
    ),
    HTTPStatus.METHOD_NOT_ALLOWED: (
        "This page can only be read",
        "Nothing was changed. Go back and open the page in the usual way.",
        "Esta página solo se puede leer",
        "No se cambió nada. Vuelva atrás y abra la página de la forma habitual.",
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (
        "That was too much to send",
        "Nothing was changed. Send less than {limit} at a time.",
        "Eso fue demasiado para enviar",
        "No se cambió nada. Envíe menos de {limit} cada vez.",
    ),
    HTTPStatus.SERVICE_UNAVAILABLE: (
        "We cannot reach our records right now",
        "Nothing is lost. Please try again in a minute.",
        "Ahora no podemos consultar nuestros datos",
        "No se ha perdido nada. Inténtelo de nuevo en un minuto.",
    ),
    HTTPStatus.INTERNAL_SERVER_ERROR: (
        "Something went wrong on our side",
        "Nothing is lost. Please try again; if it stays like this, tell us when it happened.",
        "Algo falló de nuestro lado",
        "No se ha perdido nada. Inténtelo de nuevo; si continúa, díganos cuándo ocurrió.",
    ),
}
BODY_LIMIT = 64 * 1024
_UNUSUAL = HTTPStatus.NOT_FOUND  # what nobody planned for is answered like a page that does not exist


def moment_of(request: Request) -> datetime:
    """Read the site's clock; a request reads it once (aware UTC)."""
    now: datetime = request.app.state.now()
    return now


def page(name: str, voice: Voice, /, **context: object) -> Response:
    """Answer with one page in the voice's language."""
    shared = {"v": voice, "locale": voice.locale, "zone": voice.zone, "organisation": settings().organisation}
    shared |= {"who": present_who(), "is_local": settings().mode == "local"}
    return HTMLResponse(render_page(name, **shared, **context, stylesheet=stylesheet_address()))


def error_page(status: int, *, headers: dict[str, str] | None = None) -> Response:
    """Answer with the page of an error, in both languages: nothing in it depends on what was asked."""
    known = next((one for one in ERRORS if one == status), _UNUSUAL)
    title, text, titulo, texto = ERRORS[known]
    limit = f"{BODY_LIMIT // 1024} KB"
    words = {"title": title, "text": text.format(limit=limit), "titulo": titulo, "texto": texto.format(limit=limit)}
    content = render_page("error", **words, locale="en", organisation=_organisation(), stylesheet=stylesheet_address())
    return HTMLResponse(content, status_code=known, headers=headers)


def _organisation() -> str:
    return settings().organisation


def staff_voice(today: date, *, zone: str = "UTC") -> Voice:
    """Make the voice of the staff area, which speaks English."""
    return Voice("en", zone, today)
