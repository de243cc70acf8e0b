"""What pages say of answers to private feedback, as (English, Spanish)."""

from collections.abc import Mapping
from typing import Final

Both = tuple[str, str]

PAGE: Final[Mapping[str, Both]] = {
    "one": ("Private feedback and your answer", "Opinión privada y su respuesta"),
    "back": ("All private feedback", "Todas las opiniones privadas"),
    "open": ("Read and answer", "Leer y responder"),
    "open.read": ("Read", "Leer"),
    "feedback": ("The feedback", "La opinión"),
    "answer": ("Your answer", "Su respuesta"),
    "lead": (
        "It goes to this patient alone, and nothing of it becomes public.",
        "Llega solo a este paciente, y nada de ella se hace público.",
    ),
    "none": ("Nobody has written an answer yet.", "Nadie ha escrito una respuesta todavía."),
    "draft": ("Words of the answer", "Palabras de la respuesta"),
    "draft.hint": (
        "Nothing about health, dates or money. At most {longest} signs by mail, {text} by text. Saving sends nothing.",
        "Nada de salud, fechas ni dinero. Máximo {longest} caracteres por correo, {text} por texto. Guardar no envía.",
    ),
    "release": ("Release and send", "Aprobar y enviar"),
    "release.lead": (
        "You answer for these words. They go out once, in the next hour in which this patient may be written to.",
        "Usted responde por estas palabras. Salen una vez, en la próxima hora en que se puede escribir al paciente.",
    ),
    "release.way": ("Which way?", "¿Por qué vía?"),
    "release.none": ("This patient cannot be written to.", "No se puede escribir a este paciente."),
    "email": ("By mail", "Por correo"),
    "text": ("By text", "Por mensaje de texto"),
    "take_back.lead": (
        "It has not gone out yet. Taken back, it is not sent; the words stay here and can be changed.",
        "Aún no ha salido. Si la retira, no se envía; las palabras quedan aquí y se pueden cambiar.",
    ),
    "history": ("History", "Historial"),
}
STATES: Final[Mapping[str, Both]] = {
    "none": ("No answer yet", "Sin respuesta"),
    "draft": ("Words must change", "Hay que cambiar palabras"),
    "checked": ("Waits for release", "Espera aprobación"),
    "released": ("Waits to be sent", "Espera el envío"),
    "taken_back": ("Taken back", "Retirada"),
    "going": ("Being sent", "Enviándose"),
    "sent": ("Sent", "Enviada"),
    "unknown": ("Outcome not known", "Resultado desconocido"),
    "failed": ("Not sent", "No enviada"),
}
NEXT: Final[Mapping[str, Both]] = {
    "draft": ("Change the words that the check found, then save.", "Cambie las palabras señaladas y guarde."),
    "checked": ("A person has to release it; it never goes out by itself.", "Alguien debe aprobarla; nunca sale sola."),
    "released": ("It goes out in the next allowed hour.", "Sale en la próxima hora permitida."),
    "taken_back": (
        "Change the words or save them anew; then release.",
        "Cambie o guarde las palabras y apruébelas.",
    ),
    "going": ("It is being handed over at this moment.", "Se está entregando en este momento."),
    "sent": ("The patient has it; it is sent once only.", "El paciente la tiene; se envía una sola vez."),
    "unknown": (
        "Nobody knows yet whether it arrived, so it is not sent again by itself.",
        "Aún no se sabe si llegó, así que no se envía otra vez sola.",
    ),
    "failed": (
        "It could not be sent. Take it back and choose another way, or call.",
        "No se pudo enviar. Retírela y elija otra vía, o llame.",
    ),
}
HISTORY: Final[Mapping[str, Both]] = {
    "private_answer_drafted": ("Words written", "Palabras escritas"),
    "private_answer_released": ("Released", "Aprobada"),
    "private_answer_taken_back": ("Taken back", "Retirada"),
}
FAULTS: Final[Mapping[str, Both]] = {
    "too_long": (
        "These words are too long for this way. Shorten them, or choose the other way.",
        "Estas palabras son demasiado largas para esta vía. Acórtelas o elija la otra vía.",
    ),
    "moved": (
        "Somebody changed the answer meanwhile. Read it as it is now, then send again.",
        "Alguien cambió la respuesta entretanto. Léala como está ahora y envíe de nuevo.",
    ),
    "no_answer": ("Write an answer first.", "Escriba primero una respuesta."),
    "released": (
        "This answer was released already. Take it back first, unless it has gone out.",
        "Esta respuesta ya se aprobó. Retírela primero, si aún no ha salido.",
    ),
    "has_findings": (
        "The answer speaks of health, dates or money. Change the words first.",
        "La respuesta habla de salud, fechas o dinero. Cambie primero las palabras.",
    ),
    "not_waiting": ("This answer does not wait for a release.", "Esta respuesta no espera ninguna aprobación."),
    "not_released": (
        "Nobody has released this answer, so there is nothing to take back.",
        "Nadie ha aprobado esta respuesta, así que no hay nada que retirar.",
    ),
    "sent": (
        "This answer has gone out already; call the patient instead.",
        "Esta respuesta ya salió; mejor llame al paciente.",
    ),
    "no_channel": ("Choose by which way the answer goes.", "Elija por qué vía va la respuesta."),
    "no_window": (
        "There is no hour at which this patient may be written to. Call instead.",
        "No hay una hora en que se pueda escribir a este paciente. Mejor llame.",
    ),
    "archived": (
        "The record of this patient is archived, inactive or gone, so nothing is sent.",
        "La ficha de este paciente está archivada, inactiva o borrada; no se envía nada.",
    ),
    "no_address": ("No mail address of this patient is known.", "No se conoce el correo de este paciente."),
    "no_number": ("No mobile number of this patient is known.", "No se conoce el móvil de este paciente."),
    "mail_stopped": ("This patient asked for no more mails.", "Este paciente pidió no recibir más correos."),
    "text_stopped": (
        "This patient asked for no more texts, or that is not decided yet.",
        "Este paciente pidió no recibir más textos, o aún no está decidido.",
    ),
    "no_consent": ("This patient has not agreed to texts.", "Este paciente no ha aceptado recibir textos."),
}
"""What is wrong with a form, why something cannot be done, and why a way is closed."""

PRIVATE_ANSWERS: Final[Mapping[str, Mapping[str, Both]]] = {
    "private_answer": PAGE,
    "private_answer_states": STATES,
    "private_answer_next": NEXT,
    "private_answer_history": HISTORY,
    "private_answer_faults": FAULTS,
}
