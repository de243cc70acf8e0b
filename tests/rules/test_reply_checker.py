"""F-211: what a public reply must not say, word by word, in English and Spanish; and what it may well say."""

import pytest

from models.rules.reply_checker import NEUTRAL, Finding, Own, Verdict, check, check_private, verdict_of
from models.rules.reply_words import Why

BAD_ENGLISH = (
    ("We are sorry that your visit was not what you hoped for.", Why.RECORD),
    ("Thank you for visiting us.", Why.VISIT),
    ("She visited twice.", Why.VISIT),
    ("All visits are documented.", Why.VISIT),
    ("Please call to make another appointment.", Why.VISIT),
    ("Appts are often late in winter.", Why.VISIT),
    ("A check-up takes time.", Why.VISIT),
    ("The checkup took time.", Why.VISIT),
    ("We consulted with a colleague.", Why.VISIT),
    ("The exam was thorough.", Why.VISIT),
    ("Examinations can be unpleasant.", Why.VISIT),
    ("We can offer a follow-up visit.", Why.VISIT),
    ("It was a walk-in.", Why.VISIT),
    ("The treatment was explained.", Why.CARE),
    ("She was treated with respect by the team.", Why.CARE),
    ("Therapy takes weeks.", Why.CARE),
    ("The procedure went well.", Why.CARE),
    ("Surgery is never easy.", Why.CARE),
    ("The prescription was sent to the pharmacy.", Why.CARE),
    ("Refills need two days.", Why.CARE),
    ("The diagnosis was right.", Why.CARE),
    ("No medication was given.", Why.CARE),
    ("We regret the care you received.", Why.CARE),
    ("Symptoms can return.", Why.MEDICAL),
    ("An x-ray was needed.", Why.MEDICAL),
    ("Lab results are confidential.", Why.RECORD),
    ("High blood pressure is serious.", Why.MEDICAL),
    ("Diabetes needs patience.", Why.MEDICAL),
    ("We wish you well with the pregnancy.", Why.MEDICAL),
    ("The flu shot was free.", Why.MEDICAL),
    ("Knee pain is hard.", Why.MEDICAL),
    ("The insurance did not pay.", Why.MONEY),
    ("A copay is due.", Why.MONEY),
    ("Co-pays are set elsewhere.", Why.MONEY),
    ("It was billed correctly.", Why.MONEY),
    ("A refund is on its way.", Why.MONEY),
    ("Your results are ready.", Why.RECORD),
    ("We looked into your chart.", Why.RECORD),
    ("Your test results came late.", Why.RECORD),
    ("Your daughter was brave.", Why.RECORD),
    ("Your long wait is not our standard.", Why.RECORD),
    ("Our records show something else.", Why.RECORD),
    ("As our patient you matter to us.", Why.PATIENT),
    ("You are a valued patient.", Why.PATIENT),
    ("You were never our patient.", Why.PATIENT),
    ("Thank you for being a patient here.", Why.PATIENT),
    ("We remember when you came in.", Why.STATEMENT),
    ("We are sorry about how you felt when you called.", Why.STATEMENT),
    ("We treated you with respect.", Why.STATEMENT),
    ("Dr. Stone saw you at once.", Why.STATEMENT),
    ("Our staff told you so.", Why.STATEMENT),
    ("It was great to see you.", Why.STATEMENT),
    ("It was a pleasure serving you.", Why.STATEMENT),
    ("See you soon!", Why.STATEMENT),
    ("We hope to welcome you back.", Why.STATEMENT),
    ("Thank you for trusting us with something so important.", Why.STATEMENT),
    ("Thank you for coming in.", Why.STATEMENT),
    ("We are sorry about your experience at our office.", Why.STATEMENT),
    ("On March 3 we were short of people.", Why.DATE),
    ("On 3/14/2026 we were short of people.", Why.DATE),
    ("Last Tuesday was busy.", Why.DATE),
    ("Yesterday was busy.", Why.DATE),
    ("We were busy in May 2026.", Why.DATE),
    ("That was two weeks ago.", Why.DATE),
    ("Call me at 202-555-0143.", Why.PHONE),
    ("Call (202) 555 0143 and ask for us.", Why.PHONE),
    ("Write to office@example.com.", Why.MAIL),
    ("Dear Mrs. Johnson, thank you.", Why.NAME),
    ("We answered Mr Ortega.", Why.NAME),
    ("", Why.EMPTY),
)
GOOD_ENGLISH = (
    NEUTRAL["en"],
    "Thank you for visiting our website.",
    "Please visit our website for office hours.",
    "Please visit us online.",
    "Thank you for your patience.",
    "Please be patient with us while we look into this.",
    "Thank you for being patient.",
    "We treat everyone with respect.",
    "We treat every caller with respect.",
    "We take all feedback seriously.",
    "We are sorry to read this.",
    "We strive for a high standard of service.",
    "We care about every comment.",
    "Thank you for the kind words!",
    "Thank you for your review.",
    "Please call our office manager.",
    "We are open Monday to Friday from 8 a.m. to 5 p.m.",
    "Our office hours are 9:00 to 5:00 pm.",
    "We have served this town since 1998.",
    "Patient privacy does not let us say more here.",
    "Privacy rules do not let us say whether someone is a patient.",
    "We cannot discuss anyone's medical information online.",
    "We follow our own procedures closely.",
    "Our policies and procedures are on our website.",
    "We may be able to help; please call us.",
    "We will march on with better service.",
    "Thank you, and have a great day.",
    "We appreciate the five stars.",
    "Your feedback helps us to do better.",
    "Your opinion matters to us.",
    "We would like to learn more; please call our office.",
    "The person in charge of our office would like to listen.",
    "Good service is the result of good teamwork.",
)
DOUBTFUL_ENGLISH = (
    ("Our patients come first.", Why.PATIENT),
    ("Thank you for choosing us.", Why.STATEMENT),
    ("We are sorry about your experience.", Why.STATEMENT),
    ("Payments are explained on our website.", Why.MONEY),
    ("Our billing office can explain.", Why.MONEY),
    ("We close at 5 p.m.", Why.HOUR),
)
BAD_SPANISH = (
    ("Gracias por su visita.", Why.RECORD),
    ("Gracias por visitarnos.", Why.VISIT),
    ("Nos visitó dos veces.", Why.VISIT),
    ("Llame para hacer otra cita.", Why.VISIT),
    ("Las citas suelen retrasarse.", Why.VISIT),
    ("La consulta fue larga.", Why.VISIT),
    ("Un chequeo lleva tiempo.", Why.VISIT),
    ("El examen fue completo.", Why.VISIT),
    ("Lo examinamos con cuidado.", Why.STATEMENT),
    ("La revisión médica fue completa.", Why.VISIT),
    ("Fue una teleconsulta.", Why.VISIT),
    ("El tratamiento fue explicado.", Why.CARE),
    ("Los tratamientos llevan tiempo.", Why.CARE),
    ("La terapia lleva semanas.", Why.CARE),
    ("El procedimiento salió bien.", Why.CARE),
    ("La cirugía nunca es fácil.", Why.CARE),
    ("La operacion salió bien.", Why.CARE),
    ("La receta fue enviada.", Why.CARE),
    ("No se recetó nada.", Why.CARE),
    ("El medicamento es caro.", Why.CARE),
    ("El diagnóstico era correcto.", Why.CARE),
    ("Lamentamos la atención que recibió.", Why.CARE),
    ("Los síntomas pueden volver.", Why.MEDICAL),
    ("Hacía falta una radiografía.", Why.MEDICAL),
    ("El análisis de sangre tardó.", Why.MEDICAL),
    ("La diabetes exige paciencia.", Why.MEDICAL),
    ("Le deseamos lo mejor con el embarazo.", Why.MEDICAL),
    ("La vacuna era gratis.", Why.MEDICAL),
    ("El dolor de espalda es difícil.", Why.MEDICAL),
    ("Una alergia es seria.", Why.MEDICAL),
    ("Su seguro no pagó.", Why.MONEY),
    ("La aseguradora no pagó.", Why.MONEY),
    ("El copago es obligatorio.", Why.MONEY),
    ("La factura era correcta.", Why.MONEY),
    ("Le cobramos lo correcto.", Why.MONEY),
    ("Sus resultados están listos.", Why.RECORD),
    ("Miramos su expediente.", Why.RECORD),
    ("Su hija fue valiente.", Why.RECORD),
    ("Su larga espera no es normal.", Why.RECORD),
    ("Nuestros registros indican otra cosa.", Why.RECORD),
    ("Como nuestro paciente, usted nos importa.", Why.PATIENT),
    ("Usted es un paciente.", Why.PATIENT),
    ("Estimada paciente, gracias.", Why.PATIENT),
    ("Gracias por ser nuestra paciente.", Why.PATIENT),
    ("Recordamos cuando vino.", Why.STATEMENT),
    ("Lamentamos lo ocurrido cuando usted llamó.", Why.STATEMENT),
    ("Le atendimos con respeto.", Why.STATEMENT),
    ("La vimos enseguida.", Why.STATEMENT),
    ("Fue un placer atenderle.", Why.STATEMENT),
    ("Fue un gusto verlo.", Why.STATEMENT),
    ("Esperamos verle pronto.", Why.STATEMENT),
    ("Gracias por confiar en nosotros.", Why.STATEMENT),
    ("Gracias por venir.", Why.STATEMENT),
    ("Gracias por su preferencia.", Why.STATEMENT),
    ("Lamentamos su experiencia en nuestra oficina.", Why.STATEMENT),
    ("El 3 de marzo faltaba personal.", Why.DATE),
    ("El martes pasado faltaba personal.", Why.DATE),
    ("Ayer faltaba personal.", Why.DATE),
    ("Hace dos semanas faltaba personal.", Why.DATE),
    ("La semana pasada faltaba personal.", Why.DATE),
    ("En mayo de 2026 faltaba personal.", Why.DATE),
    ("Llame al 202-555-0143.", Why.PHONE),
    ("Escriba a oficina@example.com.", Why.MAIL),
    ("Estimada Sra. Johnson, gracias.", Why.NAME),
    ("Ya contestamos al señor Ortega.", Why.NAME),
)
GOOD_SPANISH = (
    NEUTRAL["es"],
    "Gracias por visitar nuestro sitio web.",
    "Puede visitar nuestra página.",
    "Consulte nuestro sitio web, por favor.",
    "Gracias por su paciencia.",
    "Gracias por su comentario.",
    "Gracias por sus amables palabras.",
    "Tomamos en serio todos los comentarios.",
    "Tratamos a todos con respeto.",
    "Tratamos a cada persona con respeto.",
    "Lamentamos leer esto.",
    "Llame por favor a nuestra oficina.",
    "Abrimos de lunes a viernes, de 8 a 5.",
    "Nuestro horario es el lunes desde las 8:00.",
    "La privacidad de los pacientes no nos permite decir más.",
    "No podemos decir si alguien es paciente.",
    "No hablamos de información médica en público.",
    "Estamos seguros de poder mejorar.",
    "Su opinión nos importa.",
    "Queremos saber más; llame por favor.",
    "Servimos a esta ciudad desde 1998.",
    "Agradecemos las cinco estrellas.",
    "Muchas gracias y que tenga un buen día.",
    "Seguimos nuestras políticas y procedimientos.",
    "Nos alegra leer su comentario.",
)
DOUBTFUL_SPANISH = (
    ("Los pacientes son lo primero.", Why.PATIENT),
    ("Lamentamos su experiencia.", Why.STATEMENT),
    ("Gracias por elegirnos.", Why.STATEMENT),
    ("Los pagos se explican en la web.", Why.MONEY),
)


@pytest.mark.parametrize(("text", "why"), [*BAD_ENGLISH, *BAD_SPANISH])
def test_what_tells_of_a_patient_blocks_a_reply(text: str, why: Why) -> None:
    found = check(text)
    assert why in {one.why for one in found if not one.is_doubtful}, [
        (one.why, text[one.start : one.end]) for one in found
    ]
    assert verdict_of(found) is Verdict.BLOCKED


@pytest.mark.parametrize("text", [*GOOD_ENGLISH, *GOOD_SPANISH])
def test_what_tells_of_nobody_passes(text: str) -> None:
    assert [(one.why, text[one.start : one.end]) for one in check(text)] == []


@pytest.mark.parametrize(("text", "why"), [*DOUBTFUL_ENGLISH, *DOUBTFUL_SPANISH])
def test_what_may_be_harmless_needs_a_second_person(text: str, why: Why) -> None:
    found = check(text)
    assert {one.why for one in found} == {why}
    assert verdict_of(found) is Verdict.DOUBTFUL


@pytest.mark.parametrize(
    "text",
    [
        "Thank you for your VISIT.",
        "Thank you for your vi\u00adsit.",
        "Thank you for your visit.",
        "Thank\u00a0you for your\u00a0visit.",
        "Thank you for your\nvisit.",
        "Gracias por su cita médica.",
        "Gracias por su cita me\u0301dica.",
        "We\u2019re glad that you were seen.",
    ],
)
def test_signs_that_nobody_sees_hide_nothing(text: str) -> None:
    assert verdict_of(check(text)) is Verdict.BLOCKED


def test_a_finding_says_where_and_why_and_what_to_write_without_a_word_of_the_text() -> None:
    (found,) = check("We like this. The diagnosis was right.")
    assert (found.start, found.end) == (18, 27)
    assert found.sentence == (
        'Characters 19 to 27: this speaks of treatment. Write for instance: "We aim for a high standard in all that '
        'we do."'
    )


def test_every_suggestion_passes_the_check() -> None:
    for why in Why:
        suggested = Finding(why, 0, 0).sentence.split('"')[1]
        assert check(suggested) == ()


def test_the_offices_own_number_may_stand() -> None:
    own = Own(frozenset({"2025550143"}))
    assert check("Please call +1 (202) 555-0143.", own=own) == ()
    assert check("Please call 202-555-0199.", own=own)[0].why is Why.PHONE


def test_a_reply_is_as_long_as_the_site_takes() -> None:
    assert check("ñ" * 2_048) == ()
    assert [one.why for one in check("ñ" * 2_049)] == [Why.TOO_LONG]


def test_a_private_answer_keeps_health_and_dates_away_from_phones() -> None:
    """F-209."""
    assert check_private("Thank you for telling us about your visit, Maria. Please call us.") == ()
    assert [one.why for one in check_private("The diagnosis of March 3 stands.")] == [Why.CARE, Why.DATE]


def test_there_are_at_least_sixty_cases_for_each_language() -> None:
    assert min(len(BAD_ENGLISH) + len(GOOD_ENGLISH), len(BAD_SPANISH) + len(GOOD_SPANISH)) >= 60
    assert min(len(GOOD_ENGLISH), len(GOOD_SPANISH)) >= 20
