"""Why some words of a public reply must not stand, and what to write instead, as (English, Spanish) (F-211)."""

_THANKS = ("Thank you for your feedback.", "Gracias por su opinión.")
_TIME = ("Thank you for taking the time to write.", "Gracias por tomarse el tiempo de escribir.")
_PRIVACY = ("Privacy rules keep us from saying more here.", "Por reglas de privacidad no podemos decir más aquí.")
_CALL = ("Please call our office.", "Llame por favor a nuestra oficina.")

BECAUSE = {
    "patient_name": (
        "this is a name in the practice's patient records",
        "este nombre está en los registros de pacientes del consultorio",
    ),
    "name": ("a person is named", "se nombra a una persona"),
    "signed_name": (
        "the reviewer is named, as signed; a reply needs no name",
        "se nombra a quien firma la reseña; una respuesta no necesita nombres",
    ),
    "date": ("a date tells when somebody was here", "una fecha dice cuándo alguien estuvo aquí"),
    "hour": (
        "a time of day can tell when somebody was here",
        "una hora puede decir cuándo alguien estuvo aquí",
    ),
    "visit": ("this speaks of a visit", "esto habla de una visita"),
    "patient": ("this says that somebody is a patient", "esto dice que alguien es paciente"),
    "care": ("this speaks of treatment", "esto habla de un tratamiento"),
    "medical": ("this is about somebody's health", "esto trata de la salud de alguien"),
    "money": ("this is about insurance or money", "esto trata de seguros o de dinero"),
    "record": (
        "this speaks of something that only a patient has here",
        "esto habla de algo que aquí solo tiene un paciente",
    ),
    "statement": ("this confirms that the writer was here", "esto confirma que quien escribe estuvo aquí"),
    "phone": (
        "this is a phone number other than the office's own",
        "este teléfono no es el del consultorio",
    ),
    "mail": ("this is a mail address", "esto es una dirección de correo"),
    "too_long": ("the reply is longer than 4,096 bytes", "la respuesta tiene más de 4096 bytes"),
    "empty": ("the reply is empty", "la respuesta está vacía"),
}

INSTEAD = {
    "patient_name": _THANKS,
    "name": _THANKS,
    "signed_name": _THANKS,
    "date": ("We take every comment seriously.", "Tomamos en serio cada comentario."),
    "hour": ("Our office hours are on our website.", "Nuestro horario está en nuestro sitio web."),
    "visit": _TIME,
    "patient": _TIME,
    "care": (
        "We aim for a high standard in all that we do.",
        "Buscamos la mayor calidad en todo lo que hacemos.",
    ),
    "medical": _PRIVACY,
    "money": (
        "Please call our office so that we can listen.",
        "Llame por favor a nuestra oficina para que le escuchemos.",
    ),
    "record": _PRIVACY,
    "statement": (
        "We are sorry to read this and would like to know more.",
        "Lamentamos leer esto y quisiéramos saber más.",
    ),
    "phone": _CALL,
    "mail": _CALL,
    "too_long": _THANKS,
    "empty": _THANKS,
}
"""Each of these passes the check itself."""
