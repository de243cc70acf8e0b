"""Words of the portal's first page and of Insights in both languages, as (English, Spanish); Spanish of the work."""

HOME = {
    "title": ("What needs you today", "Lo que le espera hoy"),
    "lead": (
        "Open work in the practices that you see: overdue first, then by day.",
        "Tareas abiertas en los consultorios que usted ve: primero las atrasadas, después por día.",
    ),
    "lead_own": (
        "Open work of your practice: overdue first, then by day.",
        "Tareas abiertas de su consultorio: primero las atrasadas, después por día.",
    ),
    "whose": ("Whose work", "De quién"),
    "mine": ("For you", "Para usted"),
    "everybody": ("For everybody", "Para todos"),
    "kinds": ("What it is about", "De qué se trata"),
    "all": ("All", "Todo"),
    "overdue": ("Overdue", "Atrasado"),
    "next": ("Next", "A continuación"),
    "late": ("{count} overdue", "{count} con retraso"),
    "times": ("{count} of them", "{count} de ellas"),
    "due": ("due {day}", "para el {day}"),
    "since": ("open since {day}", "abierto desde el {day}"),
    "for": ("for: {role}", "para: {role}"),
    "open": ("Open: {place}", "Abrir: {place}"),
    "task": ("What to do", "Qué hacer"),
    "when": ("When", "Cuándo"),
    "page": ("Page", "Página"),
    "earlier": ("Back to the first lines", "Volver a las primeras líneas"),
    "more": ("More", "Más"),
    "empty": ("Nothing waits for you. Have a good day.", "No hay nada pendiente para usted. Que tenga un buen día."),
    "empty_all": ("Nothing is open.", "No hay nada abierto."),
    "look": ("{count} wait for others.", "{count} esperan a otras personas."),
    "language": ("Language", "Idioma"),
    "skip": ("Skip to the content", "Saltar al contenido"),
    "nav": ("Staff area", "Páginas"),
    "pages_of": ("Pages of {name}", "Páginas de {name}"),
}

KINDS = {
    "appointment": ("Appointments", "Citas"),
    "text": ("Texts", "Mensajes de texto"),
    "stop": ("Doubtful stops", "Bajas dudosas"),
    "review": ("Reviews", "Reseñas"),
    "drift": ("Differences between systems", "Diferencias entre sistemas"),
    "dead_letter": ("Undelivered messages", "Mensajes no entregados"),
    "journey": ("Onboarding", "Incorporación"),
    "enrollment": ("Enrollments", "Inscripciones"),
}

PLACES = {
    "account": ("Account", "Cuenta"),
    "appointments": ("Appointments", "Citas"),
    "board": ("Board", "Tablero"),
    "calendar": ("Calendar", "Calendario"),
    "enrollment": ("Enrollment", "Inscripción"),
    "enrollments": ("Enrollments", "Inscripciones"),
    "feeds": ("Calendar links", "Enlaces de calendario"),
    "forecast": ("Forecast", "Pronóstico"),
    "home": ("Home", "Inicio"),
    "insights": ("Insights", "Estadísticas"),
    "journey": ("Journey", "Incorporación"),
    "launch": ("Launch readiness", "Preparación del inicio"),
    "mailbox": ("Mailbox", "Buzón"),
    "messages": ("Message Center", "Centro de mensajes"),
    "month": ("Month", "Mes"),
    "patients": ("Patients", "Pacientes"),
    "readiness": ("Launch gate", "Lista de inicio"),
    "reputation": ("Reputation", "Reputación"),
    "status": ("Enrollment status", "Estado de inscripciones"),
    "work": ("Work lists", "Tareas"),
}
"""What pages are called in links and tabs."""

STEPS = {
    "review": ("Confirm it, or decline it.", "Confírmela o rechácela."),
    "lapsed": (
        "Call the patient and agree on a new time, or decline it.",
        "Llame al paciente y acuerde otra hora, o rechácela.",
    ),
    "conflict": ("Agree on another time with the patient.", "Acuerde otra hora con el paciente."),
    "insurance": (
        "Enter the insurance case in the practice system by hand.",
        "Registre el seguro a mano en el sistema del consultorio.",
    ),
    "not_written": (
        "Look in the practice system, then decide again.",
        "Mire en el sistema del consultorio y decida de nuevo.",
    ),
    "drift.cancelled_in_portal": (
        "Cancel it in the practice system too, and tell the patient.",
        "Cancélela también en el sistema del consultorio y avise al paciente.",
    ),
    "drift.deleted_in_portal": (
        "Delete it in the practice system too, if that was meant.",
        "Bórrela también en el sistema del consultorio, si era la intención.",
    ),
    "offboarding.confirm": (
        "Confirm it, or call it off; golive offboard lists it.",
        "Confírmelo o anúlelo; golive offboard lo muestra.",
    ),
    "drift.patients": ("Edit the record that is out of date by hand.", "Corrija a mano el registro atrasado."),
    "possible_duplicates": ("Say which records are one person.", "Indique qué registros son la misma persona."),
    "message": ("Call, or correct the address; then send it once more.", "Llame o corrija la dirección; reenvíelo."),
    "text.doubt": ("Read it and decide whether texts stop.", "Léalo y decida si los mensajes se detienen."),
    "text.flagged": (
        "Read it; nothing more goes to this number unless you lift the stop.",
        "Léalo; no se envía nada más a este número mientras no levante la baja.",
    ),
    "text.answer": ("Read it and answer, or close it.", "Léalo y responda, o ciérrelo."),
    "answer_low_review": (
        "Write a reply that tells nothing about a patient, or settle it in a call.",
        "Escriba una respuesta que no diga nada de un paciente, o resuélvalo por teléfono.",
    ),
    "look_after_reply": (
        "Look at the site: change the reply, take it back, or confirm that it stands there.",
        "Mire en el sitio: cambie la respuesta, retírela o confirme que está publicada.",
    ),
    "sending_stopped": (
        "See the artifact broken-promises, then release-sending.",
        "Mire el artefacto broken-promises y después release-sending.",
    ),
    "journey": ("Do it, then have it recorded.", "Hágalo y avise para que quede registrado."),
    "gate": ("It must be green before the website launches.", "Debe estar en verde antes de publicar el sitio."),
    "enrollment": ("See the enrollment for what is missing.", "Vea en la inscripción qué falta."),
}
"""The one next step, by what a work item is called; else by what it is about."""

CARDS = {
    "title": ("Insights", "Estadísticas"),
    "section": ("Reputation", "Reputación"),
    "range": ("Period", "Período"),
    "days": ("{count} days", "{count} días"),
    "last_week": ("Last week", "La semana pasada"),
    "span": ("{first} to {last}", "del {first} al {last}"),
    "answer": (
        (
            "{count} of {of} patients who answered were satisfied with their visit: {share} "
            "(with 95 % certainty between {low} and {high})."
        ),
        (
            "{count} de {of} pacientes que respondieron quedaron satisfechos con su visita: {share} "
            "(con 95 % de certeza, entre {low} y {high})."
        ),
    ),
    "answer_few": (
        "Too few patients answered to say whether they were satisfied with their visit: fewer than five.",
        "Respondieron muy pocos pacientes para decir si quedaron satisfechos con su visita: menos de cinco.",
    ),
    "stars": (
        "Patients gave {mean} of 5 stars on average ({count} gave stars).",
        "Los pacientes dieron en promedio {mean} de 5 estrellas ({count} dieron estrellas).",
    ),
    "stars_few": ("Fewer than five patients gave stars.", "Menos de cinco pacientes dieron estrellas."),
    "good_stars": ("Four or five stars: {said}.", "Cuatro o cinco estrellas: {said}."),
    "value": (
        "Of {visits} visits that were checked out, {asked} patients were asked and {answered} answered.",
        "De {visits} visitas concluidas, se preguntó a {asked} pacientes y respondieron {answered}.",
    ),
    "unread": ("Answers that wait to be read: {count}.", "Respuestas que esperan ser leídas: {count}."),
    "read": ("Read them", "Leerlas"),
    "best": ("Next best step", "El mejor próximo paso"),
    "further": ("After that", "Después"),
    "no_step": (
        "Nothing stands out that would do more than going on like this.",
        "Nada se destaca que ayude más que seguir así.",
    ),
    "opt_outs": (
        "{rate} opt-outs per 1,000 messages: {count} of {of} (with 95 % certainty between {low} and {high} per 1,000).",
        "{rate} bajas por cada 1,000 mensajes: {count} de {of} (con 95 % de certeza, entre {low} y {high} por 1,000).",
    ),
    "opt_outs_few": ("Fewer than five messages were sent.", "Se enviaron menos de cinco mensajes."),
    "gate": ("Who saw the public links", "Quién vio los enlaces públicos"),
    "gate_note": (
        (
            "Last pages that showed the public links, of all last pages: the same for yes and for no, for nobody is "
            "kept from them."
        ),
        "Páginas finales con los enlaces públicos, de todas: igual para sí y para no, porque a nadie se le ocultan.",
    ),
    "gate_bad": (
        "People were shown different links under the same settings. Tell your Success Coach at once.",
        "Se mostraron enlaces distintos con la misma configuración. Avise enseguida a su Success Coach.",
    ),
    "gate_yes": ("Answered yes", "Respondieron sí"),
    "gate_no": ("Answered no", "Respondieron no"),
    "files": ("Take these figures along", "Descargar estas cifras"),
    "pdf": ("On paper (PDF)", "En papel (PDF)"),
    "csv": ("Table (CSV)", "Tabla (CSV)"),
    "xlsx": ("Workbook (XLSX)", "Libro (XLSX)"),
    "no_paper": (
        "No PDF can be made on this machine: the Pango library is missing. The other files work.",
        "En este equipo no se puede crear el PDF: falta la biblioteca Pango. Los otros archivos funcionan.",
    ),
    "here": ("On this page", "En esta página"),
    "figures": ("{heading}: the figures", "{heading}: las cifras"),
    "empty": (
        "Fewer than five visits were checked out in this period: too few to count anything.",
        "En este período concluyeron menos de cinco visitas: muy pocas para contar algo.",
    ),
    "how": (
        (
            "How each figure is counted stands in the documentation, under Insights. What patients wrote stays on the "
            "Reputation page."
        ),
        (
            "Cómo se cuenta cada cifra está en la documentación, en Insights. Lo que escribieron los pacientes queda "
            "en la página de reputación."
        ),
    ),
}

PORTAL = {"home": HOME, "home_kinds": KINDS, "home_steps": STEPS, "places": PLACES, "cards": CARDS}

SPANISH = {
    "visit_work": {
        "review": "Revisar una solicitud de cita",
        "lapsed": "Una solicitud no se decidió antes de su hora",
        "conflict": "La hora de una cita está ocupada dos veces",
        "insurance": "Agregar el seguro de un paciente en el sistema del consultorio",
        "not_written": "Quizá una decisión no está en el sistema del consultorio",
        "drift.cancelled_in_portal": "Cancelada solo en PatientPop",
        "drift.deleted_in_portal": "Borrada solo en PatientPop",
        "offboarding.confirm": "Confirmar que se destruyan las claves de un consultorio",
        "drift.patients": "Los registros de pacientes difieren entre los dos sistemas",
        "possible_duplicates": "Revisar posibles pacientes duplicados",
        "message": "Un mensaje no llegó",
        "text.doubt": "Decidir si un texto pide no recibir más mensajes",
        "text.flagged": "Mirar un texto en el que alguien pidió no recibir más mensajes",
        "text.answer": "Responder un mensaje de texto",
        "answer_low_review": "Responder una reseña con una o dos estrellas",
        "look_after_reply": "Revisar una respuesta a una reseña",
        "sending_stopped": "Los mensajes del consultorio están detenidos",
    },
    "enrollment_work": {
        "prepare": "Preparar la inscripción",
        "give": "El consultorio debe entregar algo para la inscripción",
        "submit": "Enviar la inscripción",
        "test": "Probar la inscripción",
        "repair": "Reparar una inscripción que dejó de funcionar",
        "correct": "Corregir una inscripción rechazada",
        "recertify": "Renovar la inscripción",
        "chase": "Preguntar por la inscripción a la aseguradora o a la cámara de compensación",
        "escalated": "Decidir sobre una inscripción que tarda demasiado",
        "unknown_word": "Mirar un estado que no conocemos",
        "log_in": "Entrar por primera vez en el portal de la aseguradora",
    },
    "enrollment_short": {"claims": "reclamaciones", "era": "ERA", "eft": "EFT", "portal": "portal"},
    "gate_work": {
        "calendar_hours": "El calendario tiene el horario actual del consultorio",
        "new_appointment_alerts": "Avisos de citas nuevas por correo o mensaje de texto",
        "insurances": "Los seguros que los pacientes pueden elegir",
        "reasons_for_visit": "Los motivos de visita que los pacientes pueden elegir",
        "feedback_questions": "Las preguntas de opinión después de la cita",
        "feedback_notifications": "Cuándo se pide la opinión después de la cita",
        "forms_disabled": "Los formularios están desactivados, pues la admisión se hace en Kareo Engage",
        "office_hours": "El horario está configurado en Kareo",
        "visit_reasons": "Los motivos de visita tienen su duración",
        "patient_communications": "Los avisos a pacientes están activos, con cada recordatorio configurado",
        "surveys_off": "Las encuestas están apagadas en Kareo",
        "profiles_unpublished": "Los perfiles de proveedores no están publicados en Kareo",
        "scheduler_disabled": "La agenda en línea de Kareo está desactivada",
        "presence_disabled": "La presencia en línea de Kareo no está activada",
        "one_reminder_system": "Los recordatorios salen de un solo sistema",
        "one_owner_per_message": "Cada tipo de mensaje tiene un solo remitente",
    },
}
"""What our own people read in English only and a practice's people in their language: open work, by group and key."""
