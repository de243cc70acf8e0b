"""Mails, texts and calendar entries as they are filled, for every kind and language."""

import html
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from jinja2 import UndefinedError

import templates
from models.rules.messages import CATALOGUE, VISIT_FIELDS, Audience, Channel, MessageKind
from templates.gsm import BASIC, gsm_length
from templates.moments import LOCALES
from templates.render import Letterhead, RenderedMail, render_event, render_mail, render_page, render_text
from tests.templates.sample import LETTERHEAD, ZONE, sample

HERE = Path(templates.__file__).parent
LEFTOVERS = ("{{", "}}", "{%", "%}", "[[", "]]", "[%", "%]", "None", "[]", "Undefined", "<mj", "datetime")
EVENTS = [kind for kind, entry in CATALOGUE.items() if entry.calendar and "starts_at" in entry.fields]
VISITS = [kind for kind, entry in CATALOGUE.items() if entry.fields >= VISIT_FIELDS]
MAILS = [kind for kind, entry in CATALOGUE.items() if entry.channel is Channel.EMAIL]
TEXTS_ONLY = [kind for kind in CATALOGUE if kind not in MAILS]
TO_PATIENTS = [kind for kind in VISITS if CATALOGUE[kind].audience is Audience.PATIENT]
ABOUT_VISITS = [*TO_PATIENTS, MessageKind.REQUEST_ALERT]
TEXTS = [MessageKind.REMINDER, MessageKind.GO_LIVE]
WAITING = [kind for kind, entry in CATALOGUE.items() if "missing" in entry.fields]

every_mail = pytest.mark.parametrize(("kind", "locale"), [(kind, locale) for kind in MAILS for locale in LOCALES])


def mail(kind: MessageKind, locale: str = "en", **changes: object) -> RenderedMail:
    return render_mail(kind, locale=locale, fields=sample(kind, locale, **changes), zone=ZONE, letterhead=LETTERHEAD)


@every_mail
def test_every_message_is_filled_without_leftovers(kind: MessageKind, locale: str) -> None:
    rendered = mail(kind, locale)
    for part in (rendered.subject, rendered.text, rendered.html):
        assert [leftover for leftover in LEFTOVERS if leftover in part] == []
    assert 10 < len(rendered.subject) < 120
    assert "\n" not in rendered.subject


@every_mail
def test_text_and_html_say_the_same_facts(kind: MessageKind, locale: str) -> None:
    rendered = mail(kind, locale)
    shown = html.unescape(re.sub(r"<[^>]+>", " ", rendered.html.partition("<body")[2]))
    text = re.sub(r"https://\S+", "", rendered.text)
    assert set(re.findall(r"[^\W\d]{2,}", text)) - set(re.findall(r"[^\W\d]{2,}", shown)) == set()


@every_mail
def test_the_html_names_its_language_and_title_and_loads_nothing_from_elsewhere(kind: MessageKind, locale: str) -> None:
    content = mail(kind, locale).html
    assert f'<html lang="{locale}"' in content
    assert re.search(r"<title>[^<]{10,}</title>", content)
    links = set(re.findall(r"https?://[^\s\"'<>)]+", content))
    own = {str(value) for key, value in sample(kind, locale).items() if key in ("link", "stop_link")}
    assert links == {"http://www.w3.org/1999/xhtml", *own}
    assert set(re.findall(r'<img[^>]* src="([^:"]*):', content)) <= {"cid"}
    assert len(re.findall("<img", content)) == ("chart" in CATALOGUE[kind].fields)
    assert "font-size:16px" in content


@every_mail
def test_the_languages_differ(kind: MessageKind, locale: str) -> None:
    other = next(name for name in LOCALES if name != locale)
    assert mail(kind, locale).subject != mail(kind, other).subject
    assert mail(kind, locale).text != mail(kind, other).text


@pytest.mark.parametrize("locale", ["fr", "", "EN-us", "de_DE"])
def test_an_unknown_language_falls_back_to_english(locale: str) -> None:
    fields = sample(MessageKind.WELCOME, "en")
    rendered = render_mail(MessageKind.WELCOME, locale=locale, fields=fields, zone=ZONE)
    assert rendered.text.startswith("Hello Marisol,")


def test_a_regional_spanish_is_spanish() -> None:
    fields = sample(MessageKind.WELCOME, "es")
    assert render_mail(MessageKind.WELCOME, locale="es-MX", fields=fields, zone=ZONE).text.startswith("Hola, Marisol:")


@every_mail
def test_a_field_that_the_catalogue_does_not_allow_is_refused_without_its_value(kind: MessageKind, locale: str) -> None:
    with pytest.raises(ValueError, match="may not use the field 'diagnosis'") as refusal:
        mail(kind, locale, diagnosis="secret words")
    assert "secret words" not in str(refusal.value)


def test_a_field_that_is_missing_stops_the_mail() -> None:
    fields = sample(MessageKind.WELCOME, "en")
    del fields["coach_name"]
    with pytest.raises(UndefinedError, match="coach_name"):
        render_mail(MessageKind.WELCOME, locale="en", fields=fields, zone=ZONE)


@every_mail
def test_without_a_link_there_is_no_button(kind: MessageKind, locale: str) -> None:
    links = {key: "" for key in ("link", "stop_link") if key in sample(kind, locale)}
    rendered = mail(kind, locale, **links)
    assert "href" not in rendered.html
    assert "http" not in rendered.text


@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", "portal.example.com/j/x", " javascript:x"])
@pytest.mark.parametrize(("kind", "field"), [(MessageKind.WELCOME, "link"), (MessageKind.FEEDBACK_EMAIL, "stop_link")])
def test_a_link_that_is_no_web_address_is_refused(kind: MessageKind, field: str, link: str) -> None:
    with pytest.raises(ValueError, match="not a web address") as refusal:
        mail(kind, **{field: link})
    assert link not in str(refusal.value)


HOSTILE = "<script>alert('x')</script> {{7*7}} {% raw %} [[ 7 ]] \"quoted\" & \r\nBcc: other@example.com\u202e\u2028end"


@every_mail
def test_what_people_typed_stays_text(kind: MessageKind, locale: str) -> None:
    fields = sample(kind, locale)
    hostile = {key: HOSTILE for key, value in fields.items() if isinstance(value, str) and "link" not in key}
    lists = {key: [HOSTILE] for key in ("missing", "agenda", "documents") if key in fields}
    rendered = mail(kind, locale, **hostile, **lists)
    assert "<script" not in rendered.html
    assert "&lt;script&gt;" in rendered.html
    assert "{{7*7}}" in rendered.html
    assert "49" not in rendered.subject
    assert len(rendered.subject.splitlines()) == 1
    assert not re.search(r"^Bcc:", rendered.text, re.MULTILINE)
    assert "\u202e" not in rendered.text + rendered.html


def test_a_quote_in_a_name_does_not_leave_its_attribute() -> None:
    rendered = mail(MessageKind.WELCOME, practice_name='Ann" onmouseover="alert(1)')
    assert 'onmouseover="' not in rendered.html


def test_plain_text_is_not_escaped_for_html() -> None:
    rendered = mail(MessageKind.GO_LIVE, practice_name="O'Neil & Sons")
    assert "O'Neil & Sons" in rendered.subject
    assert "O'Neil & Sons" in rendered.text
    assert "O&#39;Neil &amp; Sons" in rendered.html


def test_the_welcome_outlines_the_ten_steps() -> None:
    lines = mail(MessageKind.WELCOME).text.splitlines()
    assert [line for line in lines if re.match(r"\d+\. ", line)][::9] == ["1. Service Agreement", "10. Graduation"]


@pytest.mark.parametrize(
    ("locale", "words"),
    [("en", "Tuesday, December 1, 2026 at 10:00 AM EST"), ("es", "martes 1 de diciembre de 2026, 10:00 EST")],
)
def test_times_are_shown_in_the_zone_of_the_practice(locale: str, words: str) -> None:
    rendered = mail(MessageKind.CALL_INVITATION, locale)
    assert words in rendered.subject
    assert words in rendered.text
    assert words in rendered.html


@pytest.mark.parametrize(("locale", "words"), [("en", "new time"), ("es", "nueva fecha")])
@pytest.mark.parametrize("kind", [MessageKind.CALL_INVITATION, MessageKind.TRAINING_INVITATION])
def test_a_higher_sequence_says_that_the_time_was_changed(kind: MessageKind, locale: str, words: str) -> None:
    first, changed = mail(kind, locale), mail(kind, locale, sequence=1)
    assert words not in (first.subject + first.text).lower()
    assert words in changed.subject.lower()
    assert words in changed.text.lower()


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("kind", WAITING)
def test_with_nothing_missing_no_empty_list_is_shown(kind: MessageKind, locale: str) -> None:
    rendered = mail(kind, locale, missing=[])
    assert "<ul" not in rendered.html
    assert "\n- " not in rendered.text


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize(
    ("kind", "dates"),
    [
        (MessageKind.GO_LIVE, ("went_live_on", "payments_from", "payments_until")),
        (MessageKind.FIRST_ERA_POSTED, ("posted_on",)),
        (MessageKind.GRADUATION, ("graduated_on",)),
        (MessageKind.PROGRESS_REPORT, ("went_live_on", "go_live_from", "go_live_until")),
    ],
)
def test_an_unknown_date_is_left_out(kind: MessageKind, dates: tuple[str, ...], locale: str) -> None:
    rendered = mail(kind, locale, **dict.fromkeys(dates))
    assert "None" not in rendered.subject + rendered.text + rendered.html
    assert "2027" not in rendered.text


@pytest.mark.parametrize(("days", "words"), [(1, "1 business day."), (2, "2 business days.")])
def test_one_day_is_not_called_days(days: int, words: str) -> None:
    assert words in mail(MessageKind.REMINDER, waiting_days=days).text


@every_mail
def test_the_coach_signs_only_what_the_practice_reads(kind: MessageKind, locale: str) -> None:
    signed = re.search(r"(Kind regards|Un cordial saludo),\nDana Whitfield\n", mail(kind, locale).text) is not None
    is_from_the_coach = kind is not MessageKind.WEEKLY_REPUTATION  # written for years after the coach has left
    assert signed is (CATALOGUE[kind].audience is Audience.PRACTICE and is_from_the_coach)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("kind", ABOUT_VISITS)
def test_a_mail_about_a_visit_says_when_with_whom_and_where(kind: MessageKind, locale: str) -> None:
    at_practice, by_video = mail(kind, locale), mail(kind, locale, is_virtual=True)
    moment = {"en": "Tuesday, December 1, 2026 at 10:00 AM EST", "es": "martes 1 de diciembre de 2026, 10:00 EST"}
    for rendered in (at_practice, by_video):
        assert moment[locale] in rendered.text
        assert "Dr. Avery Stone" in rendered.text
        assert "onboard" not in rendered.text.replace("Onboarding Manager", "")
    assert "Main Office, Albany, NY 12207" in at_practice.text
    assert "Main Office" not in by_video.text
    assert {"en": "By video", "es": "Por video"}[locale] in by_video.text


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("kind", TO_PATIENTS)
def test_a_patient_hears_from_the_practice_and_is_asked_to_call_it(kind: MessageKind, locale: str) -> None:
    rendered = mail(kind, locale)
    assert rendered.text.startswith({"en": "Hello Marisol,", "es": "Hola, Marisol:"}[locale])
    assert {"en": "Kind regards,\nCedar Hill", "es": "Un cordial saludo,\nCedar Hill"}[locale] in rendered.text
    assert {"en": "call the", "es": "lame a"}[locale] in rendered.text
    assert "Dana Whitfield" not in rendered.text + rendered.html
    assert re.search(r">Cedar Hill Family Medicine</div>.*Marisol", rendered.html, re.DOTALL)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("kind", ABOUT_VISITS)
def test_the_subject_of_a_mail_about_a_visit_names_neither_person_nor_reason(kind: MessageKind, locale: str) -> None:
    subject = mail(kind, locale).subject
    assert [word for word in ("Marisol", "Stone", "Dr.", "New patient", "Main Office") if word in subject] == []


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("kind", VISITS)
def test_a_visit_without_provider_or_place_leaves_them_out(kind: MessageKind, locale: str) -> None:
    rendered = mail(kind, locale, provider="", location="")
    assert re.search(r"^  (With|Con|Where|Dónde):", rendered.text, re.MULTILINE) is None


@pytest.mark.parametrize("field", ["recipient_first_name", "coach_name", "reason", "patient", "forms"])
def test_the_alert_may_not_name_the_patient(field: str) -> None:
    """A-27: who asked is seen by signing in, not in a mail."""
    with pytest.raises(ValueError, match=f"may not use the field '{field}'"):
        mail(MessageKind.REQUEST_ALERT, **{field: "Marisol"})


@pytest.mark.parametrize("kind", [*TO_PATIENTS, MessageKind.FEEDBACK_EMAIL])
def test_a_patient_is_never_told_who_our_coach_is(kind: MessageKind) -> None:
    with pytest.raises(ValueError, match="may not use the field 'coach_name'"):
        mail(kind, coach_name="Dana Whitfield")


def test_the_alert_leads_to_kareo_only_where_the_practice_works_there() -> None:
    """A-32, A-33: the page there shows new requests only when it is loaded again."""
    assert "Tentative Appointments" in mail(MessageKind.REQUEST_ALERT).text
    assert "Kareo" not in mail(MessageKind.REQUEST_ALERT, is_in_kareo=False).text


@pytest.mark.parametrize("locale", LOCALES)
def test_forms_that_have_no_names_are_spoken_of_all_the_same(locale: str) -> None:
    rendered = mail(MessageKind.INTAKE_FORMS, locale, forms=[])
    assert "<ul" not in rendered.html
    assert {"en": "the intake forms", "es": "los formularios"}[locale] in rendered.text


def test_without_a_postal_address_the_footer_ends_with_the_name() -> None:
    fields = sample(MessageKind.STAFF_REMINDER, "en")
    letterhead = Letterhead("Example Success Team")
    rendered = render_mail(MessageKind.STAFF_REMINDER, locale="en", fields=fields, zone=ZONE, letterhead=letterhead)
    assert rendered.text.endswith("--\nExample Success Team\n")


def test_every_message_of_the_catalogue_has_its_folder_and_no_folder_is_left_over() -> None:
    folders = {
        path.name: {file.name for file in path.iterdir()} for path in (HERE / "email").iterdir() if path.is_dir()
    }
    expected = {kind.value: {f"{locale}.j2" for locale in LOCALES} for kind in MAILS}
    for kind in EVENTS:
        expected[kind.value] |= {f"{locale}.event.j2" for locale in LOCALES}
    assert folders == expected


def test_every_message_by_text_has_its_folder_and_no_folder_is_left_over() -> None:
    folders = {path.name: {file.name for file in path.iterdir()} for path in (HERE / "sms").iterdir()}
    either_way = [*TEXTS, MessageKind.REQUEST_ALERT]
    assert folders == {kind.value: {f"{locale}.j2" for locale in LOCALES} for kind in (*TEXTS_ONLY, *either_way)}


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("kind", EVENTS)
@pytest.mark.parametrize("sequence", [0, 1])
def test_a_calendar_entry_says_what_and_with_whom(kind: MessageKind, locale: str, sequence: int) -> None:
    fields = sample(kind, locale)
    fields |= {"sequence": sequence} if "sequence" in fields else {}
    event = render_event(kind, locale=locale, fields=fields, zone=ZONE, letterhead=LETTERHEAD)
    assert str(fields.get("call", fields.get("topic", "Cedar Hill Family Medicine"))) in event.summary
    assert ("Dr. Avery Stone" if kind in VISITS else "Dana Whitfield") in event.description
    assert [leftover for leftover in LEFTOVERS if leftover in event.summary + event.description] == []
    assert "\n\n\n" not in event.description


LONG = {"recipient_first_name": "María Guadalupe", "coach_name": "Bartholomew Featherstonehaugh"}


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("kind", TEXTS)
def test_a_text_fits_one_part_even_with_long_names(kind: MessageKind, locale: str) -> None:
    fields = sample(kind, locale, **LONG, practice_name="Northern Valley Pediatrics Associates")
    if "step" in fields:
        fields |= {"step": max(("Payments / Reimbursements", "Llamada de reglas de facturación"), key=len)}
    body = render_text(kind, locale=locale, fields=fields)
    assert set(body) <= BASIC
    assert gsm_length(body) <= 160
    without_link = render_text(kind, locale=locale, fields=fields | {"link": ""})
    assert gsm_length(without_link) <= 160


def test_a_text_refuses_what_a_mail_refuses() -> None:
    with pytest.raises(ValueError, match="may not use the field 'payer'"):
        render_text(MessageKind.REMINDER, locale="en", fields=sample(MessageKind.REMINDER, "en", payer="x"))


def test_a_page_is_escaped_and_translated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "web").mkdir()
    source = "<h1>{{ t('page.title', locale) }}</h1>{{ practice }} {{ starts_at | when }}"
    (tmp_path / "web" / "hello.html.j2").write_text(source, encoding="utf-8")
    monkeypatch.setattr("templates.render._PAGES.loader.searchpath", [str(tmp_path)])
    starts_at = datetime(2026, 7, 1, 15, tzinfo=UTC)
    page = render_page("hello", practice="<b>&", locale="es", zone="America/Phoenix", starts_at=starts_at)
    assert page == "<h1>Su incorporación</h1>&lt;b&gt;&amp; miércoles 1 de julio de 2026, 8:00 MST"
