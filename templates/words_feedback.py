"""Words of post-visit feedback in both languages, as (English, Spanish): closings, the usual question, buttons."""

SIGNATURES = {
    "thank_you_practice": ("Thank you, {practice_name}", "Gracias, {practice_name}"),
    "sincerely_provider": ("Sincerely, {provider_name}", "Atentamente, {provider_name}"),
    "best_regards_practice": ("Best regards, {practice_name}", "Saludos, {practice_name}"),
    "thank_you_provider": ("Thank you, {provider_name}", "Gracias, {provider_name}"),
    "sincerely_practice": ("Sincerely, {practice_name}", "Atentamente, {practice_name}"),
}
"""How a message ends (F-050, F-051)."""

QUESTIONS = {
    "usual": ("Were you satisfied with your visit?", "¿Quedó satisfecho o satisfecha con su visita?"),
    "neutral": ("Were you satisfied with us?", "¿Quedó satisfecho o satisfecha con nosotros?"),
}
"""What is asked where a practice has written no question of its own; `neutral` where it is sensitive (F-053, F-209)."""

BUTTONS = {
    "share": ("Share your feedback", "Dar su opinión"),
    "yes": ("Yes", "Sí"),
    "no": ("No", "No"),
    "submit": ("Submit", "Enviar"),
    "stop": ("Do not ask me for feedback by email again", "No pedirme más mi opinión por correo"),
}

PAGE = {
    "title": ("Share feedback", "Dar su opinión"),
    "skip": ("Skip to the content", "Ir al contenido"),
    "language": ("Language", "Idioma"),
    "optional": ("optional", "opcional"),
    "error": ("Error", "Error"),
    "once": ("Your answer counts once.", "Su respuesta cuenta una sola vez."),
    "about_stars": ("Tell us more", "Cuéntenos más"),
    "about_words": ("Tell us more", "Cuéntenos más"),
    "thanks_for_answer": ("Thank you, we have your answer.", "Gracias, ya tenemos su respuesta."),
    "stars": ("How many stars do you give {provider}?", "¿Cuántas estrellas le da a {provider}?"),
    "stars_neutral": ("How many stars do you give us?", "¿Cuántas estrellas nos da?"),
    "stars.hint": ("1 is the lowest, 5 the highest.", "1 es lo más bajo, 5 lo más alto."),
    "stars.one": ("1 star", "1 estrella"),
    "stars.many": ("{count} stars", "{count} estrellas"),
    "review": ("Your review", "Su reseña"),
    "private": ("What was it like for you?", "¿Cómo fue para usted?"),
    "private.lead": (
        "Your words go to {practice} in private, and help them to do better.",
        "Sus palabras llegan a {practice} en privado y ayudan a mejorar.",
    ),
    "review.lead": (
        "{practice} reads what you write. Nothing is published by itself.",
        "{practice} lee lo que usted escribe. Nada se publica por sí solo.",
    ),
    "longest": ("At most {count} characters.", "Como máximo {count} caracteres."),
    "received": ("We have your feedback", "Ya tenemos su opinión"),
    "received.lead": (
        "{practice} can read it now. Thank you for taking the time.",
        "{practice} ya puede leerla. Gracias por su tiempo.",
    ),
    "public": ("Share your experience in public", "Comparta su experiencia en público"),
    "public.lead": (
        "If you like, you can also write about {practice} here:",
        "Si lo desea, también puede escribir sobre {practice} aquí:",
    ),
    "new_tab": ("opens in a new tab", "se abre en otra pestaña"),
    "closed": ("Thank you", "Gracias"),
    "closed.lead": (
        "This link is not open any more. If you have already shared your feedback, it has arrived.",
        "Este enlace ya no está abierto. Si ya dio su opinión, la hemos recibido.",
    ),
    "closed.more": (
        "If there is something else you would like to say, please call the practice.",
        "Si quiere decir algo más, llame al consultorio.",
    ),
    "back": ("Back to the page", "Volver a la página"),
    "emergency": (
        "For an emergency, call 911. Feedback is not read right away.",
        "En una emergencia, llame al 911. Las opiniones no se leen de inmediato.",
    ),
    "other_page": ("That did not come from this page", "Eso no vino de esta página"),
    "other_page.lead": (
        "Nothing was sent. Open the link in our message again and answer there.",
        "No se envió nada. Abra de nuevo el enlace de nuestro mensaje y responda ahí.",
    ),
    "unreadable": ("That could not be read", "Eso no se pudo leer"),
    "unreadable.lead": (
        "Nothing was sent. Open the link in our message again and answer there.",
        "No se envió nada. Abra de nuevo el enlace de nuestro mensaje y responda ahí.",
    ),
    "too_many": ("That was too often", "Fueron demasiadas veces"),
    "too_many.lead": (
        "Nothing was sent this time. Please wait ten minutes, then try again.",
        "Esta vez no se envió nada. Espere diez minutos y vuelva a intentarlo.",
    ),
}
"""What the patient's page says; `.lead` is the sentence below a heading."""

FAULTS = {
    "no_answer": ("Please choose Yes or No.", "Elija Sí o No."),
    "no_stars": ("Please choose one to five stars.", "Elija de una a cinco estrellas."),
    "too_long": (
        "Please shorten your text: {count} characters are too many, {most} fit.",
        "Acorte su texto: {count} caracteres son demasiados, caben {most}.",
    ),
    "too_many": (
        "That was too often, so nothing was sent. Please wait ten minutes, then press the button again.",
        "Fueron demasiadas veces y no se envió nada. Espere diez minutos y vuelva a pulsar el botón.",
    ),
}
"""What is wrong with a field, and what to do (F-063, F-064)."""

DESTINATIONS = {
    "google": ("Google", "Google"),
    "vitals": ("Vitals", "Vitals"),
    "healthgrades": ("Healthgrades", "Healthgrades"),
    "own_site": ("The practice's own website", "El sitio web del consultorio"),
}
"""How the places are called where one can write publicly (F-070)."""

FEEDBACK = {
    "feedback": BUTTONS,
    "feedback_questions": QUESTIONS,
    "feedback_signatures": SIGNATURES,
    "feedback_page": PAGE,
    "feedback_faults": FAULTS,
    "feedback_destinations": DESTINATIONS,
}
