"""Phrases of the booking pages in both languages, as (English, Spanish)."""

from collections.abc import Mapping
from typing import Final

from models.rules.consent import TEXT_CONSENT_VERSION, WORDINGS

Both = tuple[str, str]

BOOKING: Final[Mapping[str, Both]] = {
    "any_location": ("Any location", "Cualquier consultorio"),
    "any_provider": ("Any provider", "Cualquier profesional"),
    "back": ("Back", "Atrás"),
    "book_online": ("Book Online", "Reservar en línea"),
    "born": ("Date of birth", "Fecha de nacimiento"),
    "born_day": ("Day", "Día"),
    "born_month": ("Month", "Mes"),
    "born_year": ("Year", "Año"),
    "change_time": ("Choose another time", "Elegir otra hora"),
    "choose_reason": ("Choose a reason", "Elija un motivo"),
    "closed.text": (
        (
            "{practice} takes no requests online at the moment. Please call the practice: they are glad to find a time "
            "with you."
        ),
        (
            "{practice} no recibe solicitudes en línea por ahora. Llame al consultorio: con gusto encontrarán una hora "
            "para usted."
        ),
    ),
    "closed.title": ("Please call the practice", "Llame al consultorio"),
    "continue": ("Continue", "Continuar"),
    "continue_with": ("Continue with {moment}", "Continuar con {moment}"),
    "cover": ("Insurance and notes", "Seguro y comentarios"),
    "cover.lead": ("Nearly done. Leave empty what you do not know.", "Casi listo. Deje vacío lo que no sepa."),
    "day": ("Day", "Día"),
    "details": ("About you", "Sus datos"),
    "details.lead": (
        "Please tell us who the visit is for. All of these are needed.",
        "Díganos para quién es la visita. Necesitamos todos estos datos.",
    ),
    "email": ("Email", "Correo electrónico"),
    "emergency": (
        "For an emergency, call 911. Requests are not read right away.",
        "En una emergencia, llame al 911. Las solicitudes no se leen de inmediato.",
    ),
    "error": ("Error", "Error"),
    "errors": ("Please look at this again", "Revise esto, por favor"),
    "filters": ("What are you looking for?", "¿Qué busca?"),
    "first": ("First name", "Nombre"),
    "first_available": ("First available", "Primera hora libre"),
    "group_id": ("Group number", "Número de grupo"),
    "held": ("We keep this time for you until {clock}.", "Le guardamos esta hora hasta las {clock}."),
    "held.anew": (
        "Your time had run out, but it was still free: we keep it for you again, until {clock}.",
        "Se había agotado el tiempo, pero la hora seguía libre: se la guardamos otra vez, hasta las {clock}.",
    ),
    "held.left": ("{minutes} left", "quedan {minutes}"),
    "held.over": (
        "The time is no longer kept for you. Go on: if it is still free, it is yours.",
        "Ya no le guardamos la hora. Continúe: si sigue libre, es suya.",
    ),
    "in_person": ("In person", "En persona"),
    "insurance": ("Insurance", "Seguro médico"),
    "insurance.none": (
        "No insurance, or mine is not in this list",
        "Sin seguro, o el mío no está en la lista",
    ),
    "kind": ("Kind of visit", "Tipo de visita"),
    "language": ("Language", "Idioma"),
    "last": ("Last name", "Apellidos"),
    "location": ("Location", "Consultorio"),
    "member_id": ("Member number", "Número de miembro"),
    "month": ("Choose", "Elija"),
    "new_patient": ("I'm a new patient at this practice", "Soy paciente nuevo en este consultorio"),
    "new_patient.hint": (
        "If you have been here before, clear this box.",
        "Si ya ha venido antes, desmarque esta casilla.",
    ),
    "new_tab": ("opens in a new tab", "se abre en otra pestaña"),
    "next_week": ("Next week", "Semana siguiente"),
    "no_times": ("No times in this week.", "No hay horas en esta semana."),
    "no_times.ahead": (
        "There is no time to request online for this choice. Choose differently, or call the practice.",
        "No hay horas para solicitar en línea con estas opciones. Elija otras, o llame al consultorio.",
    ),
    "notes": ("Additional notes", "Comentarios"),
    "notes.hint": (
        "Anything that the practice should know before your visit.",
        "Lo que el consultorio deba saber antes de su visita.",
    ),
    "optional": ("optional", "opcional"),
    "phone": ("Phone", "Teléfono"),
    "plan": ("Plan", "Plan"),
    "previous_week": ("Previous week", "Semana anterior"),
    "privacy": ("Privacy Policy", "Política de privacidad"),
    "progress": ("Steps", "Pasos"),
    "provider": ("Provider", "Profesional"),
    "reason": ("Reason for visit", "Motivo de la visita"),
    "referral": ("How did you hear about us?", "¿Cómo supo de nosotros?"),
    "referral.none": ("Prefer not to say", "Prefiero no decirlo"),
    "request": ("Request Appointment", "Solicitar cita"),
    "send": ("Continue", "Continuar"),
    "sent": ("Appointment Request Submitted", "Solicitud de cita enviada"),
    "sent.again": ("Request another appointment", "Solicitar otra cita"),
    "sent.lead": (
        "Thank you. The practice has your request and will answer it.",
        "Gracias. El consultorio tiene su solicitud y le responderá.",
    ),
    "sent.mail": (
        "You get an email that your request has arrived.",
        "Recibirá un correo que confirma la llegada de su solicitud.",
    ),
    "sent.next": ("What happens next", "Lo que sigue"),
    "sent.practice": (
        "The practice looks at it, and calls you if another time is needed.",
        "El consultorio la revisa y le llama si hace falta otra hora.",
    ),
    "sent.scheduled": (
        "Your appointment is fixed once a second email says so.",
        "Su cita queda fijada cuando un segundo correo lo diga.",
    ),
    "sex": ("Sex", "Sexo"),
    "sex.female": ("Female", "Femenino"),
    "sex.male": ("Male", "Masculino"),
    "sex.unknown": ("Prefer not to say", "Prefiero no decirlo"),
    "show": ("Show times", "Mostrar horas"),
    "skip": ("Skip to the content", "Ir al contenido"),
    "stale": (
        (
            "We cannot see the practice's newest calendar right now. You can send a request: the practice will "
            "confirm it or suggest another time."
        ),
        (
            "Ahora no podemos ver el calendario más reciente del consultorio. Puede enviar una solicitud: el "
            "consultorio la confirmará o le propondrá otra hora."
        ),
    ),
    "step": ("Step {number} of {total}", "Paso {number} de {total}"),
    "step.cover": ("Insurance", "Seguro"),
    "step.cover_none": ("Notes", "Comentarios"),
    "step.details": ("About you", "Sus datos"),
    "step.sent": ("Sent", "Enviada"),
    "step.times": ("Time", "Hora"),
    "summary": ("Your visit", "Su visita"),
    "taken": ("This time is not free any more", "Esta hora ya no está libre"),
    "taken.all": ("See all times", "Ver todas las horas"),
    "taken.lead": (
        "We are sorry: it was taken meanwhile, or it has come too close. Nothing that you typed is lost.",
        "Lo sentimos: alguien la tomó mientras tanto, o ya está muy cerca. No se perdió nada de lo que escribió.",
    ),
    "taken.near": ("The nearest other times", "Las horas más cercanas"),
    "taken.none": (
        "There is no other time near it. Look at all times, or call the practice.",
        "No hay otra hora cerca. Vea todas las horas, o llame al consultorio.",
    ),
    "terms": ("Terms of Use", "Condiciones de uso"),
    "terms.accept": (
        "I have read and accept the Privacy Policy and the Terms of Use.",
        "He leído y acepto la Política de privacidad y las Condiciones de uso.",
    ),
    "terms.read": ("Please read:", "Lea, por favor:"),
    "text_of": ("Version {version}", "Versión {version}"),
    "texts": (WORDINGS[TEXT_CONSENT_VERSION]["en"], WORDINGS[TEXT_CONSENT_VERSION]["es"]),
    "times": ("Choose a time", "Elija una hora"),
    "times.many": ("{count} times", "{count} horas"),
    "times.none": ("no times", "sin horas"),
    "times.one": ("1 time", "1 hora"),
    "times.week": ("{first} to {last}", "Del {first} al {last}"),
    "virtual": ("Virtual Visit", "Visita virtual"),
    "when": ("When", "Cuándo"),
    "where": ("Where", "Dónde"),
    "who": ("With", "Con"),
    "zone": ("All times are the practice's own: {zone}.", "Todas las horas son las del consultorio: {zone}."),
}

NOTICES: Final[Mapping[str, tuple[Both, Both]]] = {
    "form_unreadable": (
        ("This form cannot be read", "Este formulario no se puede leer"),
        (
            "Nothing was sent. Please start again from the page of the practice.",
            "No se envió nada. Comience otra vez desde la página del consultorio.",
        ),
    ),
    "key_reused": (
        ("This request was sent already", "Esta solicitud ya se envió"),
        (
            (
                "The practice has it as you sent it first. To change it, please call the practice; for another visit, "
                "start again."
            ),
            (
                "El consultorio la tiene como la envió primero. Para cambiarla, llame al consultorio; para otra "
                "visita, comience otra vez."
            ),
        ),
    ),
    "other_page": (
        ("This form came from another page", "Este formulario vino de otra página"),
        (
            "Nothing was sent. Please fill in the form on our own page.",
            "No se envió nada. Llene el formulario en nuestra propia página.",
        ),
    ),
    "too_many": (
        ("That was a lot at once", "Fueron muchas solicitudes seguidas"),
        (
            "Nothing was sent. Please wait a few minutes and try again, or call the practice.",
            "No se envió nada. Espere unos minutos e inténtelo de nuevo, o llame al consultorio.",
        ),
    ),
}
"""Title and text of pages that only say why nothing happened."""

REFUSALS: Final[Mapping[str, Both]] = {
    "no_time": (
        "This time cannot be read. Please choose a time again.",
        "No se puede leer esta hora. Elija una hora otra vez.",
    ),
    "no_virtual_visits": (
        "This provider offers no virtual visits. Choose a visit at the practice, or another provider.",
        "Este profesional no ofrece visitas virtuales. Elija una visita en el consultorio u otro profesional.",
    ),
    "terms_changed": (
        "Our Privacy Policy and Terms have changed. Please read and accept them again.",
        "Cambiaron nuestra Política de privacidad y las Condiciones. Léalas y acéptelas otra vez.",
    ),
    "unknown_insurance": (
        "This insurance is not in the list any more. Please choose again.",
        "Este seguro ya no está en la lista. Elija otra vez.",
    ),
    "unknown_reason": (
        "Please choose a reason for your visit.",
        "Elija un motivo para su visita.",
    ),
}

FAULTS_ES: Final[Mapping[str, str]] = {
    "missing": "Llene este campo.",
    "too_long": "Es demasiado largo. Acórtelo.",
    "not_text": "Contiene signos que no se pueden guardar. Escríbalo otra vez.",
    "not_an_email": "No es una dirección de correo. Escríbala como nombre@example.com.",
    "not_a_phone": "No es un número de teléfono. Escríbalo como 202-555-0143.",
    "not_a_date": "No es una fecha. Elija el mes y escriba el día y el año, con cuatro cifras.",
    "not_a_time": "No se puede leer esta hora. Elija una hora otra vez.",
    "not_a_choice": "Elija una de las respuestas.",
    "terms_not_accepted": "Para continuar, acepte la Política de privacidad y las Condiciones.",
    "unknown_field": "El formulario tiene un campo que no conocemos. Cargue la página otra vez.",
    "first_name_empty": "Escriba el nombre, con letras.",
    "last_name_empty": "Escriba los apellidos, con letras.",
    "born_in_the_future": "Esta fecha de nacimiento está en el futuro. Corríjala.",
    "born_too_long_ago": "Esta fecha de nacimiento queda demasiado lejos. Corríjala.",
    "slot_in_the_past": "Esta hora ya pasó. Elija otra más tarde.",
}
"""The Spanish for each code of a fault; the English stands beside the codes."""

FAULTS_OF_FIELDS: Final[Mapping[tuple[str, str], Both]] = {
    ("born", "missing"): (
        "Choose the month, and write the day and the year.",
        "Elija el mes y escriba el día y el año.",
    ),
    ("born", "not_a_date"): (
        "This is not a date. Choose the month, and write the day and the year with four digits.",
        FAULTS_ES["not_a_date"],
    ),
    ("first", "first_name_empty"): ("Please write the first name, with letters.", FAULTS_ES["first_name_empty"]),
    ("sex", "missing"): ("Please choose one of the answers.", FAULTS_ES["not_a_choice"]),
}
"""Where the form asks in another way than its code would say."""

REFERRALS: Final[tuple[Both, ...]] = (
    ("Internet search", "Búsqueda en internet"),
    ("Friend or family", "Amistades o familia"),
    ("Another doctor", "Otro médico"),
    ("Insurance company", "Aseguradora"),
    ("Social media", "Redes sociales"),
    ("Advertisement", "Anuncio"),
    ("Something else", "Otra forma"),
)
"""Answers to how somebody heard of the practice; the practice reads the English one."""
