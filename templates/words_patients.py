"""What the pages of patients' records say, as (English, Spanish)."""

from collections.abc import Mapping
from typing import Final

Both = tuple[str, str]

PATIENTS: Final[Mapping[str, Mapping[str, Both]]] = {
    "records": {
        "title": ("Patients", "Pacientes"),
        "lead": (
            "Write the exact name and the date of birth. Accents, capitals and hyphens do not matter.",
            "Escriba el nombre exacto y la fecha de nacimiento. No importan acentos, mayúsculas ni guiones.",
        ),
        "first": ("First name", "Nombre"),
        "last": ("Last name", "Apellidos"),
        "born": ("Date of birth", "Fecha de nacimiento"),
        "born.hint": ("Such as 3/31/1985 or 1985-03-31", "Por ejemplo 1985-03-31, o mes/día/año: 3/31/1985"),
        "search": ("Search", "Buscar"),
        "found": ("Records found: {count}", "Fichas encontradas: {count}"),
        "none": (
            "No record has exactly this name and date of birth. Check the spelling, or look in the practice system.",
            (
                "Ninguna ficha tiene exactamente este nombre y fecha. Revise cómo se escribe, o busque en el sistema "
                "del consultorio."
            ),
        ),
        "number": ("Record {number}", "Ficha {number}"),
        "since": ("since {day}", "desde el {day}"),
        "origin": ("Comes from", "Procede de"),
        "state": ("State", "Estado"),
        "active": ("Active", "Activa"),
        "archived": ("Archived", "Archivada"),
        "inactive": ("Inactive in the practice system", "Inactiva en el sistema del consultorio"),
        "excluded": ("Excluded from surveys", "Excluida de encuestas"),
        "back": ("Search again", "Buscar otra vez"),
        "unreadable": ("This record cannot be read any more", "Esta ficha ya no se puede leer"),
        "contact": ("Contact", "Contacto"),
        "phone": ("Mobile phone", "Teléfono móvil"),
        "email": ("Email", "Correo electrónico"),
        "zip": ("ZIP code", "Código postal"),
        "sex": ("Sex", "Sexo"),
        "language": ("Language", "Idioma"),
        "english": ("English", "Inglés"),
        "spanish": ("Spanish", "Español"),
        "nothing": ("not known", "no se conoce"),
        "our_word": ("our record: {words}", "nuestra ficha: {words}"),
        "contact.note": (
            "As the practice system says it, where it says something; it stays the source of truth.",
            "Según el sistema del consultorio, cuando lo dice; es la fuente que vale.",
        ),
        "system": ("In the practice system", "En el sistema del consultorio"),
        "system.number": ("number {number}", "número {number}"),
        "differs": ("The two records differ in: {fields}.", "Las dos fichas difieren en: {fields}."),
        "differs.lead": (
            "Edit the one that is out of date by hand; changes do not travel between the systems.",
            "Corrija a mano la que no está al día; los cambios no pasan de un sistema al otro.",
        ),
        "menu": ("Send Message, Archive Patient", "Enviar mensaje, archivar paciente"),
        "menu.archived": ("Restore Patient", "Restaurar paciente"),
        "message": ("Send Message", "Enviar mensaje"),
        "archive": ("Archive Patient", "Archivar paciente"),
        "archive.lead": (
            (
                "An archived record matches no request any more, and its patient is asked for no more feedback. The "
                "practice system does not change: deactivate the record there, too."
            ),
            (
                "Una ficha archivada ya no recibe solicitudes, y no se pide más opinión al paciente. El sistema del "
                "consultorio no cambia: desactive la ficha también allí."
            ),
        ),
        "archive.yes": ("Yes, Archive", "Sí, archivar"),
        "restore": ("Restore Patient", "Restaurar paciente"),
        "restore.lead": (
            "This record was archived on {day}. Restored, it matches requests again.",
            "Esta ficha se archivó el {day}. Restaurada, vuelve a recibir solicitudes.",
        ),
        "surveys": ("Patient surveys", "Encuestas a pacientes"),
        "surveys.on": (
            "This patient may be asked for feedback after a visit.",
            "A este paciente se le puede pedir su opinión después de una visita.",
        ),
        "surveys.off": (
            "Excluded from Patient Surveys: asked for feedback neither by text nor by email.",
            "Excluido de las encuestas: no se le pide su opinión ni por mensaje ni por correo.",
        ),
        "exclude": ("Exclude from Patient Surveys", "Excluir de las encuestas"),
        "include": ("Include in Patient Surveys again", "Incluir de nuevo en las encuestas"),
        "include.lead": (
            "Only visits that are checked out after that count.",
            "Solo cuentan las visitas que terminen después.",
        ),
        "texts": ("Texts", "Mensajes de texto"),
        "agreed": ("agreed to texts", "aceptó recibir mensajes"),
        "refused": ("wants no texts", "no quiere mensajes"),
        "no_ledger": ("no consent recorded", "sin consentimiento registrado"),
        "duplicates": ("Possible duplicates", "Posibles duplicados"),
        "duplicates.none": (
            "No other record looks like this patient's.",
            "Ninguna otra ficha parece de este paciente.",
        ),
        "duplicates.lead": (
            "Records are never merged, in either system. Keep both, or put one aside.",
            "Las fichas nunca se unen, en ningún sistema. Conserve ambas o aparte una.",
        ),
        "outside": (
            "Only in the practice system, number {number}",
            "Solo en el sistema del consultorio, número {number}",
        ),
        "advice": ("Suggested: {words}", "Se sugiere: {words}"),
        "settle": ("What is done about it?", "¿Qué se hace?"),
        "settle.save": ("Settle", "Resolver"),
        "keep": ("Keep both: these are two people", "Conservar ambas: son dos personas"),
        "archive_this": ("Archive this record", "Archivar esta ficha"),
        "archive_other": ("Archive the other record", "Archivar la otra ficha"),
        "deactivated_this": (
            "This one was deactivated in the practice system",
            "Esta se desactivó en el sistema del consultorio",
        ),
        "deactivated_other": (
            "The other one was deactivated in the practice system",
            "La otra se desactivó en el sistema del consultorio",
        ),
        "feedback": ("Feedback", "Opiniones"),
        "feedback.none": ("No visit was checked out yet.", "Todavía no hay ninguna visita terminada."),
        "feedback.lead": (
            "After which visit this patient was asked. What was answered stands under Reputation, without this name.",
            "Después de qué visita se preguntó. Lo respondido está en Reputación, sin este nombre.",
        ),
        "visit": ("Visit checked out", "Visita terminada"),
        "request": ("Request", "Solicitud"),
    },
    "record_origins": {
        "widget": ("the booking widget", "la reserva en línea"),
        "kareo": ("the practice system", "el sistema del consultorio"),
        "other": ("elsewhere", "otro lugar"),
    },
    "record_sexes": {
        "female": ("female", "femenino"),
        "male": ("male", "masculino"),
        "unknown": ("not known", "no se conoce"),
    },
    "record_fields": {
        "name": ("name", "nombre"),
        "first": ("first name", "nombre"),
        "last": ("last name", "apellidos"),
        "born": ("date of birth", "fecha de nacimiento"),
        "email": ("email", "correo"),
        "phone": ("phone", "teléfono"),
        "sex": ("sex", "sexo"),
    },
    "request_states": {
        "planned": ("will be asked", "se le preguntará"),
        "asked": ("asked, no answer yet", "se le preguntó, sin respuesta aún"),
        "answered": ("answered", "respondió"),
        "unanswered": ("did not answer", "no respondió"),
        "suppressed": ("not asked", "no se le preguntó"),
        "cancelled": ("called off", "se anuló"),
    },
    "pair_states": {
        "open": ("open", "sin resolver"),
        "kept_both": ("both kept", "se conservaron ambas"),
        "deactivated": ("one deactivated", "una se desactivó"),
        "archived": ("one archived", "una se archivó"),
    },
    "pair_reasons": {
        "ambiguous_match": ("same name and date of birth", "mismo nombre y fecha de nacimiento"),
        "one_typo": ("one letter apart", "difieren en una letra"),
        "swapped_fields": ("first and last name swapped", "nombre y apellidos cambiados"),
        "suffix_left_out": ("a suffix such as Jr left out", "falta un sufijo como Jr"),
        "day_and_month_swapped": ("day and month of birth swapped", "día y mes de nacimiento cambiados"),
        "same_phone": ("same phone", "mismo teléfono"),
        "same_email": ("same email", "mismo correo"),
    },
    "pair_advice": {
        "compare": ("compare both", "comparar ambas"),
        "deactivate_in_kareo": ("deactivate one in the practice system", "desactivar una en el sistema"),
        "archive_in_patientpop": ("archive one here", "archivar una aquí"),
    },
    "record_done": {
        "archived": ("This record is archived.", "Esta ficha está archivada."),
        "restored": ("This record is active again.", "Esta ficha está activa de nuevo."),
        "excluded": (
            "This patient is asked for no more feedback, from now on.",
            "A este paciente ya no se le pide su opinión, desde ahora.",
        ),
        "included": (
            "This patient may be asked again, after visits from now on.",
            "A este paciente se le puede preguntar de nuevo, después de sus próximas visitas.",
        ),
        "settled": ("The pair is settled.", "El par está resuelto."),
    },
    "record_faults": {
        "other_page": (
            "This form did not come from our page, or has been open for too long. Please send it again.",
            "Este formulario no vino de nuestra página o estuvo abierto demasiado tiempo. Envíelo de nuevo.",
        ),
        "missing": ("Write this name, with letters.", "Escriba este nombre, con letras."),
        "too_long": ("This is too long: names have at most 60 letters.", "Es demasiado largo: como máximo 60 letras."),
        "not_a_date": (
            "This is not a date. Write it like 3/31/1985 or 1985-03-31.",
            "No es una fecha. Escríbala como 1985-03-31, o mes/día/año: 3/31/1985.",
        ),
        "in_the_future": (
            "This date of birth is in the future. Correct it.",
            "Esta fecha de nacimiento está en el futuro. Corríjala.",
        ),
        "no_choice": (
            "Nothing was changed: press one of the buttons of this page.",
            "No se cambió nada: pulse uno de los botones de esta página.",
        ),
        "no_pair_choice": (
            "Choose what is done about the two records.",
            "Elija qué se hace con las dos fichas.",
        ),
        "which_record": (
            "Choose which of the two records is put aside.",
            "Elija cuál de las dos fichas se aparta.",
        ),
        "only_outside": (
            "The other record is only in the practice system. Deactivate it there, or archive this one.",
            "La otra ficha está solo en el sistema del consultorio. Desactívela allí, o archive esta.",
        ),
        "unknown_pair": (
            "This pair does not exist any more. Load the page again.",
            "Este par ya no existe. Cargue la página de nuevo.",
        ),
        "unknown_patient": (
            "This record does not exist any more. Search again.",
            "Esta ficha ya no existe. Busque otra vez.",
        ),
        "unknown_actor": (
            "You no longer belong to this practice, so nothing was changed. Ask your Onboarding Manager.",
            "Usted ya no pertenece a este consultorio; no se cambió nada. Pregunte a su Onboarding Manager.",
        ),
        "archived": (
            "No message: this record is archived. Restore it first, or write to the other record.",
            "Sin mensaje: esta ficha está archivada. Restáurela primero, o escriba a la otra ficha.",
        ),
        "no_line": (
            "No message: this practice has no line for texts. Ask the Onboarding Manager for one, or call.",
            "Sin mensaje: el consultorio no tiene línea de mensajes. Pídala al Onboarding Manager, o llame.",
        ),
        "no_number": (
            "No message: no mobile number is known. Add it in the practice system.",
            "Sin mensaje: no se conoce un móvil. Añádalo en el sistema del consultorio.",
        ),
        "undecided": (
            "No message yet: a text may have asked for no more. Decide that in the Message Center first.",
            "Aún sin mensaje: quizá pidió no recibir más. Decídalo primero en el Centro de mensajes.",
        ),
        "stopped": (
            "No message: this person asked for no more texts, or the number takes none. Call instead.",
            "Sin mensaje: esta persona pidió no recibir más, o el número no los admite. Mejor llame.",
        ),
        "no_consent": (
            "No message: this patient has not agreed to texts. Call, or have the consent signed first.",
            "Sin mensaje: este paciente no aceptó recibir mensajes. Llame, o pida antes su consentimiento.",
        ),
    },
}
