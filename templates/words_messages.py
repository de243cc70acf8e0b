"""What the Message Center says, as (English, Spanish), and what every page of the front office shares."""

from collections.abc import Mapping
from typing import Final

Both = tuple[str, str]

MESSAGES: Final[Mapping[str, Mapping[str, Both]]] = {
    "desk": {
        "language": ("Language", "Idioma"),
        "error": ("Error", "Error"),
        "errors": ("Please look at this again", "Revise esto, por favor"),
        "done": ("Done", "Hecho"),
        "gone": (
            (
                "The key of this practice was destroyed when it left: names and words that were sealed can be read no "
                "more. What is left are numbers, dates and states."
            ),
            (
                "La clave de este consultorio se destruyó cuando se fue: los nombres y textos sellados ya no se pueden "
                "leer. Quedan números, fechas y estados."
            ),
        ),
        "read_only": (
            "You can read this page; only the practice's own people change something here.",
            "Usted puede leer esta página; solo el personal del consultorio cambia algo aquí.",
        ),
    },
    "texts": {
        "title": ("Message Center", "Centro de mensajes"),
        "lead": (
            "Texts between {name} and its patients. What waits for an answer stands first.",
            "Mensajes de texto entre {name} y sus pacientes. Primero está lo que espera respuesta.",
        ),
        "lists": ("Lists", "Listas"),
        "all": ("All", "Todas"),
        "waiting": ("Waiting for us", "Esperan respuesta"),
        "caption": ("Conversations, what waits first", "Conversaciones, primero lo que espera"),
        "who": ("Who", "Quién"),
        "newest": ("Newest text", "Mensaje más reciente"),
        "line": ("Line", "Línea"),
        "state": ("State", "Estado"),
        "unknown": ("Number without a record", "Número sin ficha"),
        "unreadable": ("cannot be read any more", "ya no se puede leer"),
        "from_us": ("We: {words}", "Nosotros: {words}"),
        "no_text": ("No text yet", "Todavía sin mensajes"),
        "waits": ("Waits for us", "Espera respuesta"),
        "decide": ("A stop to decide", "Hay que decidir"),
        "rests": ("Answered or closed", "Respondida o cerrada"),
        "later": ("Next page", "Página siguiente"),
        "first_page": ("First page", "Primera página"),
        "empty": ("No conversation here.", "Aquí no hay conversaciones."),
        "no_line": (
            "This practice takes no texts on a line of its own; the Onboarding Manager arranges that.",
            "Este consultorio no recibe mensajes en una línea propia; eso lo organiza el Onboarding Manager.",
        ),
        "back": ("All conversations", "Todas las conversaciones"),
        "record": ("Open the patient's record", "Abrir la ficha del paciente"),
        "conversation": ("Conversation", "Conversación"),
        "with": ("Conversation with {who}", "Conversación con {who}"),
        "on_line": ("{line}, {phone}", "{line}, {phone}"),
        "history": ("Texts, the newest last", "Mensajes, el más reciente al final"),
        "earlier": ("Earlier texts", "Mensajes anteriores"),
        "newest_ones": ("Newest texts", "Mensajes más recientes"),
        "they": ("Patient", "Paciente"),
        "you": ("You", "Usted"),
        "us": ("Practice", "Consultorio"),
        "answer": ("Answer by text", "Responder por mensaje"),
        "answer.label": ("Your answer", "Su respuesta"),
        "answer.hint": (
            "1 to {longest} characters. Leave out diagnoses, results and insurance: a phone may be in other hands.",
            (
                "De 1 a {longest} caracteres. Sin diagnósticos, resultados ni seguro: el teléfono puede tenerlo otra "
                "persona."
            ),
        ),
        "first": ("Write the first text", "Escribir el primer mensaje"),
        "send": ("Send text", "Enviar mensaje"),
        "close": ("Close without answer", "Cerrar sin responder"),
        "close.lead": ("It needs no answer? Let it rest.", "¿No necesita respuesta? Déjela en reposo."),
        "stop": ("Did this person ask for no more texts?", "¿Pidió esta persona no recibir más mensajes?"),
        "stop.lead": (
            "Read the text above. Until you decide, nothing is sent to this number.",
            "Lea el mensaje de arriba. Hasta que usted decida, no se envía nada a este número.",
        ),
        "stop.yes": ("Yes, stop texts", "Sí, no enviar más"),
        "stop.no": ("No, texts go on", "No, seguir enviando"),
        "stopped": ("No texts to this number", "Sin mensajes a este número"),
        "stopped.lead": (
            "This person asked for no more texts, or the number takes none. Call instead of texting.",
            "Esta persona pidió no recibir más mensajes, o el número no los admite. Llame en vez de escribir.",
        ),
        "no_consent": ("No consent to texts", "Sin consentimiento para mensajes"),
        "no_consent.lead": (
            "This person never wrote and has not agreed to texts. Call instead of texting.",
            "Esta persona nunca escribió ni aceptó recibir mensajes. Llame en vez de escribir.",
        ),
    },
    "text_lines": {
        "feedback": ("Feedback", "Opiniones"),
        "two_way": ("Two-Way-Text", "Two-Way-Text"),
        "web_to_text": ("Web-to-Text", "Web-to-Text"),
        "call_to_text": ("Call-to-Text", "Call-to-Text"),
    },
    "text_states": {
        "pending": ("on its way", "en camino"),
        "held": ("waits to be sent", "espera su envío"),
        "claimed": ("on its way", "en camino"),
        "sending": ("on its way", "en camino"),
        "sent": ("sent", "enviado"),
        "refused": ("did not arrive", "no llegó"),
        "unknown": ("nobody knows yet whether it arrived", "aún no se sabe si llegó"),
        "dead": ("did not arrive", "no llegó"),
        "cancelled": ("was not sent", "no se envió"),
    },
    "text_meanings": {
        "stop": ("asks for no more texts", "pide no recibir más mensajes"),
        "doubt": ("may ask for no more texts", "quizá pide no recibir más mensajes"),
        "wrong_number": ("says that the number is wrong", "dice que el número es equivocado"),
    },
    "text_done": {
        "answered": ("Your answer is on its way.", "Su respuesta está en camino."),
        "closed": ("The conversation rests until the next text.", "La conversación queda en reposo."),
        "stop": ("Nothing more is sent to this number.", "No se envía nada más a este número."),
        "go_on": ("Texts to this number go on.", "Se siguen enviando mensajes a este número."),
        "begun": ("You can write the first text now.", "Ya puede escribir el primer mensaje."),
    },
    "texts_faults": {
        "other_page": (
            "This form did not come from our page, or has been open for too long. Please send it again.",
            "Este formulario no vino de nuestra página o estuvo abierto demasiado tiempo. Envíelo de nuevo.",
        ),
        "wrong_length": (
            "An answer has 1 to {longest} characters. Change its length and send it again.",
            "Una respuesta tiene de 1 a {longest} caracteres. Cambie su longitud y envíela de nuevo.",
        ),
        "not_text": (
            "This holds signs that no keyboard types. Type the answer again.",
            "Contiene signos que ningún teclado escribe. Escriba la respuesta de nuevo.",
        ),
        "stopped": (
            "Not sent: this person asked for no more texts, or that is not decided yet. Call instead.",
            "No se envió: esta persona pidió no recibir más mensajes, o aún no está decidido. Mejor llame.",
        ),
        "no_consent": (
            "Not sent: this person never wrote and has not agreed to texts. Call instead.",
            "No se envió: esta persona nunca escribió ni aceptó recibir mensajes. Mejor llame.",
        ),
        "nothing_open": (
            "No stop of this conversation waits for a decision any more; somebody has decided it.",
            "Ya no hay nada que decidir en esta conversación; alguien lo decidió antes.",
        ),
        "no_choice": (
            "Choose whether texts to this number stop or go on.",
            "Elija si se dejan de enviar mensajes a este número o se siguen enviando.",
        ),
        "unknown_actor": (
            "You no longer belong to this practice, so nothing was changed. Ask your Onboarding Manager.",
            "Usted ya no pertenece a este consultorio; no se cambió nada. Pregunte a su Onboarding Manager.",
        ),
        "unknown_conversation": (
            "This conversation does not exist any more. Go back to the list.",
            "Esta conversación ya no existe. Vuelva a la lista.",
        ),
    },
}
