"""Short words and phrases in both languages, as (English, Spanish), by group and key."""

ROLES = {
    "sales_representative": ("Sales Representative", "Representante de ventas"),
    "success_coach": ("Success Coach", "Asesoría de éxito"),
    "success_coordinator": ("Success Coordinator", "Coordinación de éxito"),
    "onboarding_manager": ("Onboarding Manager", "Dirección de incorporación"),
    "integrations_specialist": ("Integrations Specialist", "Especialista en integraciones"),
    "enrollments_representative": ("Enrollments Representative", "Representante de inscripciones"),
    "billing_team": ("Billing Team", "Equipo de facturación"),
    "training_team": ("Training Team", "Equipo de capacitación"),
    "payment_posters": ("Payment posters", "Registro de pagos"),
    "auditor": ("Auditor", "Auditoría"),
    "primary_contact": ("Primary contact", "Contacto principal"),
    "trainee": ("Person in training", "Persona en capacitación"),
    "front_office": ("Front office", "Recepción"),
    "patient": ("Patient", "Paciente"),
}

PARTIES = {
    "practice": ("the practice", "el consultorio"),
    "us": ("our team", "nuestro equipo"),
    "clearinghouse": ("the clearinghouse", "la cámara de compensación"),
    "payer": ("the payer", "la aseguradora"),
}

JOURNEY_STATES = {
    "active": ("active", "en marcha"),
    "paused": ("paused", "en pausa"),
    "cancelled": ("cancelled", "cancelado"),
    "graduated": ("graduated", "graduado"),
}

STEP_STATES = {
    "closed": ("not started yet", "aún no empieza"),
    "open": ("in progress", "en curso"),
    "done": ("done", "terminada"),
    "skipped": ("not needed", "no hace falta"),
}

ITEM_STATES = {
    "open": ("open", "pendiente"),
    "received": ("received, being checked", "recibido, en revisión"),
    "rejected": ("please send again", "por enviar de nuevo"),
    "done": ("done", "listo"),
    "skipped": ("not needed", "no hace falta"),
}

CALL_STATES = {
    "scheduled": ("scheduled", "programada"),
    "held": ("held", "realizada"),
    "on_hold": ("on hold", "en espera"),
    "cancelled": ("cancelled", "cancelada"),
}

CALL_OUTCOMES = {
    "held": ("held", "realizada"),
    "no_show": ("nobody came", "nadie se presentó"),
    "rescheduled": ("moved to another time", "cambiada de fecha"),
}

TRAINING_STATES = {
    "registered": ("registered", "en lista"),
    "attended": ("attended", "completada"),
    "missed": ("missed", "no asistió"),
    "excused": ("excused", "con excusa"),
}

REASONS = {
    "not_needed": ("it is not needed", "no hace falta"),
    "done_elsewhere": ("it was done elsewhere", "ya se hizo por otra vía"),
    "practice_asked": ("the practice asked for it", "el consultorio lo pidió"),
    "practice_silent": ("we have had no answer", "no hemos recibido respuesta"),
    "entered_by_mistake": ("it was entered by mistake", "se registró por error"),
    "must_be_repeated": ("it must be repeated", "hay que repetirlo"),
    "incomplete": ("a part of it is missing", "está incompleto"),
    "unreadable": ("it cannot be read", "no se puede leer"),
    "expired": ("it has expired", "está vencido"),
    "wrong_document": (
        "it is not the document we need",
        "no es el documento que necesitamos",
    ),
    "schedule_conflict": ("the time did not suit", "el horario no convenía"),
    "left_the_practice": ("the person left the practice", "la persona dejó el consultorio"),
    "agreement_ended": ("the agreement has ended", "el contrato terminó"),
}

ISSUES = {
    "reversal": ("the payer took back a payment", "la aseguradora revirtió un pago"),
    "zero_pay": ("a remittance came with no payment", "llegó un aviso de pago sin monto"),
    "many_denials": ("unusually many claims were denied", "se negaron más reclamos de lo habitual"),
    "payee_mismatch": (
        "the payee named is not your practice",
        "el beneficiario del aviso no es su consultorio",
    ),
    "check_after_eft": ("a paper check came although EFT is approved", "llegó un cheque aunque la EFT está aprobada"),
    "not_posted": ("a payment could not be posted", "un pago no se pudo registrar"),
}

TRANSACTIONS = {
    "claims": ("electronic claims", "los reclamos electrónicos"),
    "eft": ("electronic payments (EFT)", "los pagos electrónicos (EFT)"),
    "era": ("electronic remittance advice (ERA)", "los avisos de pago electrónicos (ERA)"),
    "portal": ("the payer's portal", "el portal de la aseguradora"),
}

MAIL = {
    "button.practice": ("See your onboarding page", "Ver su página de incorporación"),
    "button.staff": ("Open the journey", "Abrir el recorrido"),
    "button.patient": ("See the practice's page", "Ver la página del consultorio"),
    "button.front_office": ("Sign in to review it", "Iniciar sesión y revisarla"),
    "via": ("via", "por medio de"),
    "regards": ("Kind regards,", "Un cordial saludo,"),
    "why": (
        "You receive this mail because your practice is being onboarded with us. To reach your coach, just reply.",
        "Recibe este correo porque su consultorio se incorpora con nosotros. Para hablar con su asesor, solo responda.",
    ),
    "why.weekly": (
        "You receive this report each week because your practice asks its patients for feedback through us.",
        "Recibe este informe cada semana porque su consultorio pide la opinión de sus pacientes por medio de nosotros.",
    ),
    "why.patient": (
        "This mail was sent automatically for {{ practice_name }}. Please do not reply to it: call the office instead.",
        "Correo automático por encargo de {{ practice_name }}. No lo responda: llame al consultorio.",
    ),
    "why.front_office": (
        "This address is on the list for alerts of {{ practice_name }}. Your Onboarding Manager can change the list.",
        "Esta dirección está en la lista de avisos de {{ practice_name }}. Su Onboarding Manager puede cambiarla.",
    ),
}

VISIT = {
    "when": ("When", "Cuándo"),
    "how_long": ("How long", "Duración"),
    "minutes": ("minutes", "minutos"),
    "with": ("With", "Con"),
    "where": ("Where", "Dónde"),
    "by_video": ("By video (telehealth)", "Por video (telesalud)"),
}

BOTH = {
    "call_outcomes": CALL_OUTCOMES,
    "call_states": CALL_STATES,
    "issues": ISSUES,
    "item_states": ITEM_STATES,
    "journey_states": JOURNEY_STATES,
    "mail": MAIL,
    "parties": PARTIES,
    "reasons": REASONS,
    "roles": ROLES,
    "step_states": STEP_STATES,
    "training_states": TRAINING_STATES,
    "transactions": TRANSACTIONS,
    "visit": VISIT,
}
