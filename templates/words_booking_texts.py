"""Example texts of a practice's Privacy Policy and Terms of Use, to be replaced by the practice's own."""

from collections.abc import Mapping
from typing import Final

EXAMPLE: Final = {
    "en": "Example text. The practice replaces it with its own before patients use this page.",
    "es": "Texto de ejemplo. El consultorio lo sustituye por el suyo antes de que los pacientes usen esta página.",
}

TEXTS: Final[Mapping[str, Mapping[str, tuple[tuple[str, str], ...]]]] = {
    "privacy": {
        "en": (
            (
                "What we ask for",
                (
                    "To request an appointment we ask for your name, email, phone number, date of birth and sex, and, "
                    "if you like, for your insurance and a note. We ask for nothing else and use no advertising or "
                    "tracking."
                ),
            ),
            (
                "What we do with it",
                (
                    "{practice} uses what you send to find your record or to make a new one, to answer your request, "
                    "and to write to you about it. It is stored encrypted. Only the practice and those who work for "
                    "it under contract see it."
                ),
            ),
            (
                "How long we keep it",
                (
                    "Your request becomes part of the practice's records and is kept as long as the law asks. What you "
                    "type and do not send is not kept."
                ),
            ),
            (
                "Your rights",
                (
                    "You may ask the practice what it holds about you, for a copy, and for a correction. The "
                    "practice's Notice of Privacy Practices says more."
                ),
            ),
        ),
        "es": (
            (
                "Qué pedimos",
                (
                    "Para solicitar una cita pedimos su nombre, correo, teléfono, fecha de nacimiento y sexo y, si "
                    "quiere, su seguro y un comentario. No pedimos nada más ni usamos publicidad o rastreo."
                ),
            ),
            (
                "Qué hacemos con ello",
                (
                    "{practice} usa lo que usted envía para encontrar su expediente o abrir uno nuevo, responder a su "
                    "solicitud y escribirle sobre ella. Se guarda cifrado. Solo lo ven el consultorio y quienes "
                    "trabajan para él bajo contrato."
                ),
            ),
            (
                "Cuánto tiempo lo guardamos",
                (
                    "Su solicitud pasa a ser parte de los expedientes del consultorio y se conserva lo que pide la "
                    "ley. Lo que escribe y no envía no se guarda."
                ),
            ),
            (
                "Sus derechos",
                (
                    "Puede preguntar al consultorio qué datos tiene de usted, pedir una copia y pedir que se "
                    "corrijan. El aviso de prácticas de privacidad del consultorio dice más."
                ),
            ),
        ),
    },
    "terms": {
        "en": (
            (
                "A request, not yet an appointment",
                (
                    "With this page you ask {practice} for a time. Your appointment is fixed when the practice has "
                    "confirmed it. The practice may suggest another time or decline."
                ),
            ),
            (
                "Not for emergencies",
                (
                    "Nobody reads this page around the clock. If you need help at once, call 911 or go to the nearest "
                    "emergency room."
                ),
            ),
            (
                "Say what is true",
                (
                    "Please request appointments only for yourself or for somebody whom you care for, and give correct "
                    "answers."
                ),
            ),
            (
                "Messages",
                (
                    "The practice writes to you by email about your request. Text messages that ask how your visit was "
                    "come only if you agree, and you can end them at any time."
                ),
            ),
        ),
        "es": (
            (
                "Una solicitud, todavía no una cita",
                (
                    "Con esta página pide una hora a {practice}. Su cita queda fijada cuando el consultorio la "
                    "confirma. El consultorio puede proponer otra hora o no aceptarla."
                ),
            ),
            (
                "No es para emergencias",
                (
                    "Nadie lee esta página a todas horas. Si necesita ayuda inmediata, llame al 911 o vaya a la sala "
                    "de emergencias más cercana."
                ),
            ),
            (
                "Diga la verdad",
                "Solicite citas solo para usted o para alguien a quien cuida, y dé respuestas correctas.",
            ),
            (
                "Mensajes",
                (
                    "El consultorio le escribe por correo sobre su solicitud. Los mensajes de texto que preguntan por "
                    "su visita llegan solo si usted acepta, y puede terminarlos cuando quiera."
                ),
            ),
        ),
    },
}
