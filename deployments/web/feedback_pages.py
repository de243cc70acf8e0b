"""How the feedback pages leave the house: a question, then stars and words, then thanks; closed links look alike."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from starlette.responses import HTMLResponse, Response

from deployments.web.booking_voice import LANGUAGES
from deployments.web.static import address_of_file
from models.inputs.feedback_forms import Told
from models.rules.feedback_answers import LONGEST_WORDS, STARS, AnswerFault
from models.store.feedback_answers import Shown
from templates.feedback_letters import OF_PROVIDER
from templates.render import render_page
from templates.words import t

POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
Faults = dict[str, AnswerFault]


@dataclass(frozen=True, slots=True)
class Voice:
    """Speaks to one patient; `locale` is one of ours."""

    locale: str

    def say(self, key: str, **parts: object) -> str:
        """Give a phrase of the page, its gaps filled."""
        return self._filled(f"feedback_page.{key}", parts)

    def name(self, group: str, key: str, **parts: object) -> str:
        """Name one key of a group, its gaps filled."""
        return self._filled(f"feedback_{group}.{key}" if group else f"feedback.{key}", parts)

    def stars(self, count: int) -> str:
        """Say a number of stars."""
        return self.say("stars.one") if count == 1 else self.say("stars.many", count=count)

    def question(self, shown: Shown) -> str:
        """Ask the practice's own question, or in the usual or neutral words (F-053, F-061, F-209)."""
        if shown.question is not None:
            return shown.question.es if self.locale == "es" else shown.question.en
        return self.name("questions", "neutral" if shown.is_sensitive else "usual")

    def signature(self, shown: Shown) -> str:
        """Write the practice's closing; it names the practice where no provider can be named (F-050)."""
        chosen = shown.signature if shown.provider else OF_PROVIDER.get(shown.signature, shown.signature)
        return self.name("signatures", chosen, practice_name=shown.practice, provider_name=shown.provider)

    def _filled(self, key: str, parts: dict[str, object]) -> str:
        phrase = t(key, self.locale)
        return phrase.format(**parts) if parts else phrase


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page stands: the address of its link, and who speaks."""

    base: str
    voice: Voice


def question_page(place: Place, shown: Shown, *, fault: AnswerFault | None = None) -> Response:
    """Ask for yes or no, both by the same form and of the same weight (F-061)."""
    status = HTTPStatus.UNPROCESSABLE_ENTITY if fault else HTTPStatus.OK
    errors = {"answer": place.voice.name("faults", fault)} if fault else {}
    question = place.voice.question(shown)
    return _answer("feedback_question", place, status=status, shown=shown, question=question, errors=errors)


@dataclass(frozen=True, slots=True)
class Details:
    """What the page after the answer stands on; `key` travels with its form."""

    shown: Shown
    is_satisfied: bool
    key: str


def details_page(place: Place, known: Details, told: Told, *, errors: dict[str, str], status: int) -> Response:
    """Ask for stars and a review after a yes, for private feedback after a no (F-062 to F-064)."""
    return _answer(
        "feedback_details",
        place,
        status=status,
        shown=known.shown,
        told=told,
        is_satisfied=known.is_satisfied,
        key=known.key,
        errors=errors,
        is_form=True,
        all_stars=STARS,
        longest=f"{LONGEST_WORDS:,}",
        most=LONGEST_WORDS,
    )


def errors_of(voice: Voice, told: Told, faults: Faults) -> dict[str, str]:
    """Say what is wrong, by field."""
    count = f"{len(told.words):,}"
    return {name: voice.name("faults", fault, count=count, most=f"{LONGEST_WORDS:,}") for name, fault in faults.items()}


def thanks_page(place: Place, shown: Shown) -> Response:
    """Thank, and show the practice's public links; nothing here knows what was answered (F-210)."""
    return _answer("feedback_thanks", place, shown=shown, signature=place.voice.signature(shown))


def closed_page(place: Place) -> Response:
    """Thank whoever comes by a link that is unknown, expired or used (F-215).

    It answers 200, since phones and mail programs put pages of their own in the place of errors.
    """
    voice = place.voice
    leads = (voice.say("closed.lead"), voice.say("closed.more"))
    return _answer("feedback_notice", place, title=voice.say("closed"), leads=leads, has_way_back=False)


def notice_page(place: Place, code: str, status: int) -> Response:
    """Say why nothing happened."""
    voice = place.voice
    leads = (voice.say(f"{code}.lead"),)
    return _answer("feedback_notice", place, status=status, title=voice.say(code), leads=leads, has_way_back=True)


def _answer(name: str, place: Place, *, status: int = HTTPStatus.OK, **parts: object) -> Response:
    shared: dict[str, object] = {
        "v": place.voice,
        "locale": place.voice.locale,
        "base": place.base,
        "languages": LANGUAGES,
        "shown": None,
        "is_form": False,
        "errors": {},
        "sheets": (address_of_file("site.css"), address_of_file("booking.css"), address_of_file("feedback.css")),
    }
    headers = {"Content-Security-Policy": POLICY}
    return HTMLResponse(render_page(name, **(shared | parts)), status_code=status, headers=headers)
