"""Words of Insights and of the reports about feedback in both languages, as (English, Spanish)."""

STAGES = {
    "checked_out": ("Checked out", "Visitas concluidas"),
    "decided": ("Decided", "Decididas"),
    "asked": ("Asked", "Preguntados"),
    "delivered": ("Delivered", "Entregadas"),
    "answered": ("Answered", "Respondieron"),
    "completed": ("Completed", "Completaron"),
}

REASONS = {
    "omission": ("Asked a short time ago", "Se preguntó hace poco"),
    "excluded": ("Excluded from surveys", "Excluido de las encuestas"),
    "no_contact": ("No number and no email", "Sin teléfono ni correo"),
    "no_consent_and_no_email": ("No consent to texts, no email", "Sin permiso para textos, sin correo"),
    "no_email": ("No email", "Sin correo"),
    "opted_out": ("Opted out", "Pidió no recibir mensajes"),
    "archived": ("Archived record", "Registro archivado"),
    "checklist_red": ("Launch checklist not green", "Lista de inicio incompleta"),
    "duplicate_person": ("Another visit goes first", "Otra visita va primero"),
    "test_appointment": ("Test appointment", "Cita de prueba"),
    "deleted": ("Appointment deleted", "Cita borrada"),
    "check_out_undone": ("Check-out undone", "Conclusión anulada"),
    "no_patient": ("No patient", "Sin paciente"),
    "no_cadence": ("No cadence chosen", "Sin calendario de preguntas"),
    "sending_stopped": ("Practice stopped asking", "El consultorio dejó de preguntar"),
    "stale": ("Too late", "Demasiado tarde"),
    "answered": ("Had answered", "Ya había respondido"),
    "held_for_a_person": ("Waits for a decision", "Espera una decisión"),
    "refused": ("Could not be delivered", "No se pudo entregar"),
}

LABELS = {
    "text": ("Text", "Texto"),
    "email": ("Email", "Correo"),
    "en": ("English", "Inglés"),
    "es": ("Spanish", "Español"),
    "attempt": ("Attempt {key}", "Intento {key}"),
    "provider": ("Provider {key}", "Profesional {key}"),
    "location": ("Location {key}", "Lugar {key}"),
    "star": ("{key} star", "{key} estrella"),
    "stars": ("{key} stars", "{key} estrellas"),
    "of": ("{count} of {of}", "{count} de {of}"),
    "hidden": ("fewer than 5", "menos de 5"),
    "kept_back": ("hidden", "oculto"),
    "none": ("none yet", "aún ninguna"),
}

HEADINGS = {
    "overview": ("Reputation Overview", "Resumen de reputación"),
    "sentiment": ("Patient Survey Sentiment", "Opinión de los pacientes"),
    "sentiment_parts": ("Satisfied patients by month", "Pacientes satisfechos por mes"),
    "funnel": ("From check-out to feedback", "De la visita a la opinión"),
    "attempts": ("Response by attempt", "Respuesta por intento"),
    "ways": ("Response by way", "Respuesta por medio"),
    "languages": ("Response by language", "Respuesta por idioma"),
    "providers": ("Response by provider", "Respuesta por profesional"),
    "locations": ("Response by location", "Respuesta por lugar"),
    "reasons": ("Why patients were not asked", "Por qué no se preguntó"),
    "opt_outs": ("Opt-outs", "Bajas"),
}

NOTES = {
    "overview": ("Stars that patients gave, by how often.", "Estrellas que dieron los pacientes, por frecuencia."),
    "sentiment": (
        "Have patients been satisfied with their visit? Answers with yes, of all answers.",
        "¿Quedaron satisfechos los pacientes con su visita? Respuestas con sí, de todas las respuestas.",
    ),
    "sentiment_parts": (
        "Answers with yes, of all answers of the month.",
        "Respuestas con sí, de todas las respuestas del mes.",
    ),
    "funnel": (
        "Asked: of all check-outs. Delivered, answered and completed: of those asked.",
        "Preguntados: de todas las visitas. Entregadas, respondieron y completaron: de los preguntados.",
    ),
    "response": ("Answered, of those asked.", "Respondieron, de los preguntados."),
    "ways": (
        "Messages that were the last before the answer, of those sent.",
        "Mensajes que fueron los últimos antes de la respuesta, de los enviados.",
    ),
    "reasons": ("Of all check-outs.", "De todas las visitas."),
    "opt_outs": (
        "Addresses that patients stopped, of the messages sent.",
        "Direcciones dadas de baja, de los mensajes.",
    ),
    "interval": (
        (
            "The range holds the true share with 95 %. Cells under 5 are hidden, and others where they would "
            "give them away."
        ),
        (
            "El intervalo contiene la proporción real con 95 %. Las celdas con menos de 5 se ocultan, "
            "y otras con ellas "
            "si las revelaran."
        ),
    ),
}

HEADS = {
    "what": ("What", "Qué"),
    "count": ("Count", "Cuántos"),
    "of": ("Of", "De"),
    "share": ("Share", "Proporción"),
    "low": ("From", "Desde"),
    "high": ("To", "Hasta"),
    "month": ("Month", "Mes"),
}

STEPS = {
    "choose_cadence": (
        (
            "{percent} of your visits lead to no question, since it was never chosen when patients are asked: ask your "
            "Onboarding Manager for a cadence."
        ),
        (
            "{percent} de sus visitas no llevan a ninguna pregunta porque no se eligió cuándo preguntar: pida un "
            "calendario a su Onboarding Manager."
        ),
    ),
    "finish_checklist": (
        (
            "{percent} of your visits were not asked because the launch checklist is not green: finish it, so that two "
            "systems cannot ask the same patient."
        ),
        (
            "En {percent} de sus visitas no se preguntó porque la lista de inicio no está completa: "
            "termínela para que dos "
            "sistemas no pregunten al mismo paciente."
        ),
    ),
    "start_sending": (
        "{percent} of your visits were not asked because asking is switched off: switch it on again in the settings.",
        "En {percent} de sus visitas no se preguntó porque está apagado: vuelva a encenderlo en la configuración.",
    ),
    "offer_the_box": (
        "{percent} of your visits have no consent to texts and no email: offer the box at the desk.",
        "{percent} de sus visitas no tienen permiso para textos ni correo: ofrezca la casilla en la recepción.",
    ),
    "ask_for_contact": (
        "{percent} of your visits cannot be asked for want of a mobile number or an email: ask for both at check-in.",
        "En {percent} de sus visitas falta el celular o el correo para preguntar: pídalos al registrar la llegada.",
    ),
    "shorten_omission": (
        (
            "{percent} of your visits were left out because the patient was asked a short time before: "
            "a shorter omission "
            "period would ask more of them."
        ),
        (
            "{percent} de sus visitas se omitieron porque se preguntó poco antes: un período de omisión más corto "
            "preguntaría a más pacientes."
        ),
    ),
    "correct_contacts": (
        "{percent} of the patients asked could not be reached at all: check numbers and emails at check-in.",
        (
            "No se pudo llegar a {percent} de los pacientes preguntados: revise teléfonos y correos al "
            "registrar la llegada."
        ),
    ),
    "text_more": (
        "Texts are answered more often ({percent}) than emails ({other}): collect more consents to texts.",
        "Los textos se responden más ({percent}) que los correos ({other}): reúna más permisos para textos.",
    ),
    "mail_first": (
        (
            "Emails are answered more often ({percent}) than texts ({other}): collect more email addresses, or begin "
            "with email."
        ),
        "Los correos se responden más ({percent}) que los textos ({other}): reúna más correos o empiece por correo.",
    ),
    "look_at_question": (
        "Only {percent} of the patients asked answer: look at the question, and at when it is sent.",
        "Solo responde {percent} de los pacientes preguntados: revise la pregunta y cuándo se envía.",
    ),
    "read_complaints": (
        "{percent} of the answers say that the visit did not satisfy: read the private feedback and call back.",
        "{percent} de las respuestas dicen que la visita no satisfizo: lea las opiniones privadas y llame.",
    ),
    "read_feedback": (
        "{count} answers wait to be read: read them, and reply where it helps.",
        "{count} respuestas esperan ser leídas: léalas y responda donde ayude.",
    ),
    "ask_less_often": (
        "{permille} of 1,000 messages lead to an opt-out: ask less often.",
        "{permille} de cada 1,000 mensajes llevan a una baja: pregunte con menos frecuencia.",
    ),
}
"""What a practice can do next, with the figures that caused it (F-092)."""

REPORT = {
    "title": ("Feedback of the week", "Opiniones de la semana"),
    "month_title": ("Month report", "Informe del mes"),
    "week": ("{name}: {first} to {last}", "{name}: del {first} al {last}"),
    "next": ("Next best steps", "Los próximos pasos"),
    "page": ("Page", "Página"),
}

MONTH = {
    "practices_registered": ("Practices registered", "Consultorios registrados"),
    "journeys_started": ("Journeys started", "Incorporaciones iniciadas"),
    "practices_went_live": ("Practices that went live", "Consultorios que iniciaron"),
    "practices_graduated": ("Practices that graduated", "Consultorios graduados"),
    "enrollments_submitted": ("Enrollments submitted", "Inscripciones enviadas"),
    "enrollments_approved": ("Enrollments approved", "Inscripciones aprobadas"),
    "visits_checked_out": ("Visits checked out", "Visitas concluidas"),
    "answers_given": ("Answers given", "Respuestas dadas"),
    "messages_sent": ("Messages sent", "Mensajes enviados"),
}

INSIGHTS = {
    "insight_month": MONTH,
    "insight_stages": STAGES,
    "insight_reasons": REASONS,
    "insight_labels": LABELS,
    "insight_headings": HEADINGS,
    "insight_notes": NOTES,
    "insight_heads": HEADS,
    "insight_steps": STEPS,
    "insight_report": REPORT,
}
