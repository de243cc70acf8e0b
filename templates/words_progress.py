"""Words of the pages on which a practice's people follow their own way, as (English, Spanish)."""

LAUNCH = {
    "title": ("Launch readiness", "Preparación del inicio"),
    "lead": (
        "Your website with online booking launches when every line below is settled.",
        "Su sitio con citas en línea se publica cuando cada punto de abajo está resuelto.",
    ),
    "lead_none": (
        "Nothing has to be prepared for a launch at the moment, so nothing is asked of you.",
        "Por ahora no hay nada que preparar para publicar un sitio; no le pedimos nada.",
    ),
    "count": ("{settled} of {total} settled", "{settled} de {total} resueltos"),
    "settled": ("Settled", "Resuelto"),
    "website": ("Website", "Sitio web"),
    "ready": ("ready to launch", "listo para publicarse"),
    "not_ready": ("not ready yet", "aún no está listo"),
    "launched": ("launched on {day}", "publicado el {day}"),
    "check": ("What has to be right", "Qué debe estar bien"),
    "where": ("In", "En"),
    "both": ("both systems", "ambos sistemas"),
    "later": ("comes after another line", "viene después de otro punto"),
    "caption": ("Everything that has to be right before the launch", "Todo lo que debe estar bien antes del inicio"),
    "lines": ("Line by line", "Punto por punto"),
    "for": ("still for: {names}", "falta para: {names}"),
    "tell": (
        "Once it is done, tell your Success Coach; what we can see ourselves turns green by itself.",
        "Cuando esté hecho, avise a su asesor de éxito; lo que podemos ver nosotros cambia a verde solo.",
    ),
    "not_begun": (
        "Your onboarding has not begun yet. This page fills as soon as it does.",
        "Su incorporación aún no ha comenzado. Esta página se llenará en cuanto empiece.",
    ),
}

LAUNCH_STATES = {
    "passed": ("settled", "resuelto"),
    "failed": ("has to be corrected", "hay que corregirlo"),
    "open": ("open", "pendiente"),
    "not_applicable": ("does not concern you", "no le concierne"),
}

LAUNCH_TODO = {
    "calendar_hours": (
        "Save each provider's current office hours in the calendar, for each location.",
        "Guarde en el calendario el horario actual de cada proveedor, en cada sede.",
    ),
    "office_hours": (
        "Set each provider's office hours in Kareo.",
        "Configure en Kareo el horario de atención de cada proveedor.",
    ),
    "visit_reasons": (
        "Give each common visit reason in Kareo the duration that you prefer.",
        "Dé en Kareo a cada motivo de visita habitual la duración que prefiera.",
    ),
    "patient_communications": (
        "Turn Patient Communications on in Kareo, and configure each reminder.",
        "Active en Kareo los avisos a pacientes (Patient Communications) y configure cada recordatorio.",
    ),
    "surveys_off": (
        "Open the Surveys card in Kareo and turn surveys off.",
        "Abra en Kareo la tarjeta de encuestas (Surveys) y apáguelas.",
    ),
}
"""What the practice itself does for a check, by its key."""

REPORT = {
    "settled": ("{settled} of {total} done", "{settled} de {total} listos"),
}
"""What a progress report says beside the words of the pages."""

PROGRESS = {"progress_report": REPORT, "launch": LAUNCH, "launch_states": LAUNCH_STATES, "launch_todo": LAUNCH_TODO}
