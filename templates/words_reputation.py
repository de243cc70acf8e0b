"""What the pages of Reputation say, as (English, Spanish); keys are used as `reputation.<key>`."""

from templates.words_reputation_check import BECAUSE, INSTEAD

PAGE = {
    "title": ("Reputation", "Reputación"),
    "public": ("Public reviews", "Reseñas públicas"),
    "private": ("Private feedback", "Opiniones privadas"),
    "settings": ("Settings", "Ajustes"),
    "tabs": ("Parts of Reputation", "Partes de Reputación"),
    "unread": ("{count} unread", "{count} sin leer"),
    "language": ("Language", "Idioma"),
    "skip": ("Skip to the content", "Ir al contenido"),
    "error": ("Error", "Error"),
    "errors": ("Please look at this again", "Revise esto, por favor"),
    "older": ("Older", "Más antiguas"),
    "newest": ("Back to the newest", "Volver a las más recientes"),
    "public.lead": (
        "{name}: what people wrote in public, the newest first. A reply never says that somebody is a patient.",
        (
            "{name}: lo que se escribió en público, lo más reciente primero. Una respuesta nunca dice que alguien es "
            "paciente."
        ),
    ),
    "public.none": (
        "There is no such review. Reviews appear here within an hour after they were written.",
        "No hay ninguna reseña así. Las reseñas aparecen aquí como máximo una hora después de escritas.",
    ),
    "filter": ("Which reviews", "Qué reseñas"),
    "filter.stars": ("Stars", "Estrellas"),
    "filter.site": ("Site", "Sitio"),
    "filter.answered": ("Reply", "Respuesta"),
    "filter.any": ("All", "Todas"),
    "filter.go": ("Show", "Mostrar"),
    "stars.one": ("1 of 5 stars", "1 de 5 estrellas"),
    "stars.many": ("{count} of 5 stars", "{count} de 5 estrellas"),
    "stars.none": ("No stars", "Sin estrellas"),
    "unsigned": ("Unsigned", "Sin firma"),
    "wordless": ("No words, only stars.", "Sin palabras, solo estrellas."),
    "gone": (
        "This review is not public any more; its words were erased.",
        "Esta reseña ya no es pública; sus palabras se borraron.",
    ),
    "changed": ("changed {day}", "cambiada el {day}"),
    "answered_there": (
        "A reply stands beside this review at its site already.",
        "Junto a esta reseña ya hay una respuesta en su sitio.",
    ),
    "open": ("Read and reply", "Leer y responder"),
    "open.read": ("Read", "Leer"),
    "one": ("Review and reply", "Reseña y respuesta"),
    "back": ("All public reviews", "Todas las reseñas públicas"),
    "the_review": ("The review", "La reseña"),
    "the_reply": ("The reply", "La respuesta"),
    "no_reply": ("Nobody has written a reply yet.", "Nadie ha escrito una respuesta todavía."),
    "written": ("Written by {who}, {moment}", "Escrita por {who}, {moment}"),
    "released": ("Released by {who}: {done} of {needed}", "Aprobada por {who}: {done} de {needed}"),
    "posted": ("Posted {moment}", "Publicada: {moment}"),
    "allowed": ("Why the words may stand: {why}", "Por qué pueden quedar las palabras: {why}"),
    "two": (
        "This review has one or two stars, so two different persons must release its reply.",
        "Esta reseña tiene una o dos estrellas, así que dos personas distintas deben aprobar su respuesta.",
    ),
    "findings": ("What the check found", "Lo que encontró la revisión"),
    "findings.none": ("The check found nothing.", "La revisión no encontró nada."),
    "findings.lead": (
        "The numbers in the words lead to these sentences. Change the words and save; they are checked again.",
        "Los números en el texto llevan a estas frases. Cambie las palabras y guarde; se revisan otra vez.",
    ),
    "finding": ("{because}.", "{because}."),
    "finding.doubt": ("Perhaps {because}.", "Quizá {because}."),
    "instead": ("Write instead: {words}", "Escriba en su lugar: {words}"),
    "neutral": ("Words that may always stand", "Palabras que siempre sirven"),
    "draft": ("Your reply", "Su respuesta"),
    "draft.hint": (
        "No names, dates, visits or health. At most 4,096 characters. Nothing is posted by saving it.",
        "Sin nombres, fechas, visitas ni salud. Como máximo 4096 caracteres. Guardar no publica nada.",
    ),
    "draft.save": ("Save and check", "Guardar y revisar"),
    "release": ("Release the reply", "Aprobar la respuesta"),
    "release.lead": (
        "You answer for these words. Once enough persons released them, they go out within a quarter of an hour.",
        "Usted responde por estas palabras. Cuando la apruebe quien falta, salen en un cuarto de hora.",
    ),
    "release.by_hand": (
        "You answer for these words. Once enough persons released them, somebody posts them at the site.",
        "Usted responde por estas palabras. Cuando la apruebe quien falta, alguien las publica en el sitio.",
    ),
    "release.why": ("Why may these words stand?", "¿Por qué pueden quedar estas palabras?"),
    "release.choose": ("Choose a reason", "Elija un motivo"),
    "take_back": ("Take back", "Retirar"),
    "take_back.lead": (
        "The releases are taken back; the words stay here.",
        "Se retiran las aprobaciones; las palabras quedan aquí.",
    ),
    "take_back.down": (
        "The reply is taken down from its site within a quarter of an hour; the words stay here.",
        "La respuesta se quita de su sitio en un cuarto de hora; las palabras quedan aquí.",
    ),
    "take_back.by_hand": (
        "First take the reply down at its site: golive cannot do that there. Then take it back here.",
        "Primero quite la respuesta en su sitio: allí golive no puede hacerlo. Después retírela aquí.",
    ),
    "confirm": ("I have posted it", "Ya la publiqué"),
    "confirm.lead": (
        "Copy the words to the site where the review stands, then confirm it here.",
        "Copie las palabras en el sitio de la reseña y después confírmelo aquí.",
    ),
    "not_yours": (
        "Only the practice's own people write and release replies; you can read them.",
        "Solo el personal del consultorio escribe y aprueba respuestas; usted puede leerlas.",
    ),
    "private.lead": (
        "{name}: what patients told you in private after a visit, the newest first. None of it is public.",
        "{name}: lo que los pacientes contaron en privado tras una visita, lo más reciente primero. Nada es público.",
    ),
    "private.none": ("No patient has answered yet.", "Ningún paciente ha respondido todavía."),
    "private.none_older": ("There is nothing older.", "No hay nada más antiguo."),
    "satisfied": ("Yes, satisfied", "Sí, quedó conforme"),
    "not_satisfied": ("No, not satisfied", "No, no quedó conforme"),
    "about": ("About {provider}", "Sobre {provider}"),
    "lost": ("What was written can be read no more.", "Lo que se escribió ya no se puede leer."),
    "wordless.private": ("Nothing was written.", "No escribió nada."),
    "unfinished": (
        "Answered yes or no only; the page was not finished.",
        "Solo respondió sí o no; no terminó la página.",
    ),
    "new": ("Unread", "Sin leer"),
    "read": ("Read {day}", "Leída el {day}"),
    "mark": ("Mark as read", "Marcar como leída"),
    "mark.of": ("answer of {moment}", "respuesta del {moment}"),
    "mark.all": ("Mark all on this page as read", "Marcar toda la página como leída"),
    "settings.lead": (
        "{name}: how often a patient may be asked, and how the messages end.",
        "{name}: cada cuánto se puede preguntar a un paciente, y cómo terminan los mensajes.",
    ),
    "settings.who": (
        "Only the practice itself, by its primary contact, can change these settings; ask there.",
        "Solo el propio consultorio, por su contacto principal, puede cambiar estos ajustes; pídalo allí.",
    ),
    "settings.not_begun": (
        "This practice asks for no feedback yet. The Onboarding Manager first chooses how often and when.",
        "Este consultorio aún no pide opiniones. Primero el Onboarding Manager elige cuántas veces y cuándo.",
    ),
    "settings.since": ("In force since {moment}", "En vigor desde: {moment}"),
    "settings.saved": (
        "Saved. It counts for whoever is asked from now on.",
        "Guardado. Vale para quienes se pregunte desde ahora.",
    ),
    "settings.same": (
        "This is what you have chosen already; nothing was changed.",
        "Es lo que ya había elegido; no se cambió nada.",
    ),
    "omission": ("Omission period, in days", "Periodo sin preguntas, en días"),
    "omission.hint": (
        "A whole number from 1 to 365. A patient who was asked within so many days is not asked again.",
        "Un número entero del 1 al 365. A quien se preguntó en esos días no se le vuelve a preguntar.",
    ),
    "omission.now": ("{count} days", "{count} días"),
    "omission.one": ("1 day", "1 día"),
    "signature": ("Signature line", "Línea de despedida"),
    "signature.hint": (
        "Each message ends with it. A message that may not name a provider ends with the practice.",
        "Cada mensaje termina con ella. Si no se puede nombrar al médico, termina con el consultorio.",
    ),
    "provider": ("Dr. Example", "Dra. Ejemplo"),
    "save": ("Save", "Guardar"),
}

FAULTS = {
    "other_page": (
        "This form did not come from our page, or has been open for too long. Please send it again.",
        "Este formulario no vino de nuestra página o estuvo abierto demasiado tiempo. Envíelo de nuevo.",
    ),
    "empty": ("Write the reply first; nothing was saved.", "Escriba primero la respuesta; no se guardó nada."),
    "too_long": (
        "The reply is too long: at most 4,096 bytes, which is about 4,000 letters. Shorten it; nothing was saved.",
        "La respuesta es demasiado larga: como máximo 4096 bytes, unas 4000 letras. Acórtela; no se guardó nada.",
    ),
    "moved": (
        "Somebody changed the review or its reply meanwhile. Read both as they are now, then send again.",
        "Alguien cambió la reseña o su respuesta entretanto. Lea ambas como están ahora y envíe de nuevo.",
    ),
    "under_way": (
        "This reply is being posted at this moment. Try again in some minutes.",
        "Esta respuesta se está publicando en este momento. Inténtelo de nuevo en unos minutos.",
    ),
    "review_withdrawn": (
        "This review is not public any more, so there is nothing to answer.",
        "Esta reseña ya no es pública, así que no hay nada que responder.",
    ),
    "has_findings": (
        "The check found words that must not stand there. Change the words first.",
        "La revisión encontró palabras que no deben quedar. Cambie primero las palabras.",
    ),
    "not_waiting": (
        "This reply does not wait for a release.",
        "Esta respuesta no espera ninguna aprobación.",
    ),
    "same_person": (
        "You have released it already. One or two stars need a second person: ask somebody else.",
        "Usted ya la aprobó. Con una o dos estrellas hace falta otra persona: pídaselo a alguien más.",
    ),
    "needs_second_person": (
        "The check is in doubt: somebody else than its writer must release it, with a reason. Or change the words.",
        "La revisión tiene dudas: debe aprobarla, con un motivo, alguien que no la escribió. O cambie las palabras.",
    ),
    "needs_reason": (
        "The check is in doubt. Choose why the words may stand, or change them.",
        "La revisión tiene dudas. Elija por qué pueden quedar las palabras, o cámbielas.",
    ),
    "not_released": (
        "Nobody has released this reply, so there is nothing to take back.",
        "Nadie ha aprobado esta respuesta, así que no hay nada que retirar.",
    ),
    "not_by_hand": (
        "This reply does not wait to be posted by hand. It must be released first.",
        "Esta respuesta no espera que alguien la publique. Primero hay que aprobarla.",
    ),
    "no_reply": (
        "Nobody has written a reply to this review yet. Write one first.",
        "Nadie ha escrito todavía una respuesta a esta reseña. Escríbala primero.",
    ),
    "omission_days": (
        "The omission period is a whole number from 1 to 365. Write such a number; nothing was saved.",
        "El periodo sin preguntas es un número entero del 1 al 365. Escriba uno así; no se guardó nada.",
    ),
    "signature": (
        "Choose one of these signature lines; nothing was saved.",
        "Elija una de estas líneas de despedida; no se guardó nada.",
    ),
    "settings_moved": (
        (
            "Somebody changed the settings meanwhile. Below is what you typed; in force are: {now}. Save again "
            "to replace them."
        ),
        (
            "Alguien cambió los ajustes entretanto. Abajo está lo que usted escribió; los vigentes son: {now}. Guarde "
            "otra vez para sustituirlos."
        ),
    ),
    "not_yours": PAGE["settings.who"],
    "not_begun": PAGE["settings.not_begun"],
}
"""What is wrong with a form, or why something cannot be done now."""

SITES = {
    "google": ("Google", "Google"),
    "vitals": ("Vitals", "Vitals"),
    "healthgrades": ("Healthgrades", "Healthgrades"),
    "own_site": ("Your website", "Su sitio web"),
    "csv": ("Other site", "Otro sitio"),
}

ANSWERED = {
    "not_yet": ("No reply yet", "Sin respuesta"),
    "in_hand": ("Reply in hand", "Respuesta en curso"),
    "posted": ("Answered", "Con respuesta"),
    "withdrawn": ("Not public any more", "Ya no son públicas"),
}

STATES = {
    "none": ("No reply yet", "Sin respuesta"),
    "there": ("Answered at its site", "Respondida en su sitio"),
    "draft": ("Words must change", "Hay que cambiar palabras"),
    "doubtful": ("In doubt", "Con dudas"),
    "checked": ("Waits for release", "Espera aprobación"),
    "half_released": ("Released once", "Aprobada una vez"),
    "released": ("About to be posted", "Por publicarse"),
    "sending": ("Being posted", "Publicándose"),
    "unknown": ("Being looked up", "En comprobación"),
    "by_hand": ("To be posted by hand", "Por publicar a mano"),
    "posted": ("Posted", "Publicada"),
    "refused": ("Refused by its site", "Rechazada por su sitio"),
    "stuck": ("Stuck", "Detenida"),
    "removing": ("Being taken down", "Retirándose"),
    "closed": ("Closed", "Cerrada"),
}

NEXT = {
    "draft": ("Change the words that the check found, then save.", "Cambie las palabras señaladas y guarde."),
    "doubtful": (
        "Change the words, or let somebody else than the writer release them with a reason.",
        "Cambie las palabras, o que las apruebe con un motivo alguien que no las escribió.",
    ),
    "checked": (
        "A person has to release it; it never goes out by itself.",
        "Alguien tiene que aprobarla; nunca sale sola.",
    ),
    "half_released": ("A second person has to release it.", "Falta que la apruebe una segunda persona."),
    "released": ("It goes out within a quarter of an hour.", "Sale en un cuarto de hora."),
    "sending": ("Its site is being asked to take it.", "Se está entregando a su sitio."),
    "unknown": (
        "Nobody knows yet whether its site took it; the review is read again.",
        "Aún no se sabe si su sitio la aceptó; se vuelve a leer la reseña.",
    ),
    "by_hand": (
        "Post it at the site of the review, then confirm it here.",
        "Publíquela en el sitio de la reseña y después confírmelo aquí.",
    ),
    "posted": ("It stands beside the review.", "Está junto a la reseña."),
    "refused": (
        "Look at the site; then take it back, change it, or confirm it.",
        "Mire el sitio; después retírela, cámbiela o confírmela.",
    ),
    "stuck": (
        "Look at the site; then take it back, change it, or confirm it.",
        "Mire el sitio; después retírela, cámbiela o confírmela.",
    ),
    "removing": (
        "It is taken down from its site within a quarter of an hour.",
        "Se quita de su sitio en un cuarto de hora.",
    ),
    "closed": ("The review is not public any more.", "La reseña ya no es pública."),
}
"""What comes next, by the state of a reply."""

OVERRIDES = {
    "names_our_own_staff": ("It names our own staff", "Nombra a nuestro propio personal"),
    "names_a_place": ("It names a place", "Nombra un lugar"),
    "general_statement": ("It is a general statement", "Es una afirmación general"),
    "public_office_fact": ("It is a public fact about the office", "Es un dato público del consultorio"),
    "other_meaning": ("The word means something else here", "La palabra significa otra cosa aquí"),
}

REPUTATION = {
    "reputation": PAGE,
    "reputation_faults": FAULTS,
    "reputation_sites": SITES,
    "reputation_answered": ANSWERED,
    "reputation_states": STATES,
    "reputation_next": NEXT,
    "reputation_overrides": OVERRIDES,
    "reputation_because": BECAUSE,
    "reputation_instead": INSTEAD,
}
