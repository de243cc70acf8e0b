"""What payer enrollments are called: to practices in plain words of both languages, to our own people in English."""

STATES = {
    "not_required": ("nothing to set up: it works as it is", "no hay que tramitar nada: ya funciona"),
    "draft": ("we are preparing it", "lo estamos preparando"),
    "needs_practice": ("we need something from you", "necesitamos algo de usted"),
    "ready": ("ready to be sent in", "listo para enviarse"),
    "submitted": ("sent in, on its way to the payer", "enviado, en camino a la aseguradora"),
    "pending_payer": ("the payer is reviewing it", "la aseguradora lo está revisando"),
    "testing": ("being tested", "en prueba"),
    "approved": ("approved by the payer", "aprobado por la aseguradora"),
    "proving": ("approved, about to be used for the first time", "aprobado, por usarse por primera vez"),
    "live": ("active", "activo"),
    "degraded": ("we are solving a problem with it", "estamos resolviendo un problema"),
    "recertifying": ("active, due to be renewed", "activo, por renovarse"),
    "rejected": ("returned by the payer, we are correcting it", "devuelto por la aseguradora, lo estamos corrigiendo"),
    "displaced": ("now goes another way", "ahora va por otra vía"),
    "ended": ("expired", "vencido"),
    "withdrawn": ("no longer planned", "ya no está previsto"),
}
"""What a practice reads of a state; the subject is what is set up."""

NEEDS = {
    "signed_agreement": ("the payer's agreement, signed", "el acuerdo de la aseguradora, firmado"),
    "provider_signature": ("the provider's signature", "la firma del médico"),
    "w9": ("your form W-9", "su formulario W-9"),
    "tax_id_letter": ("the IRS letter that confirms your tax id", "la carta del IRS que confirma su número fiscal"),
    "bank_letter": ("a voided check or a letter from your bank", "un cheque anulado o una carta de su banco"),
    "portal_access": ("access to your account on the payer's portal", "acceso a su cuenta en el portal"),
    "corrected_form": ("the form, corrected", "el formulario, corregido"),
    "answer_to_payer": ("your answer to the payer's question", "su respuesta a la pregunta de la aseguradora"),
    "recertification_form": ("the renewal form", "el formulario de renovación"),
}

REJECT_REASONS = {
    "missing_information": ("information is missing", "faltan datos"),
    "npi_not_on_file": ("the payer does not have this NPI on file", "la aseguradora no tiene registrado este NPI"),
    "tax_id_mismatch": ("the tax id does not match", "el número fiscal no coincide"),
    "name_mismatch": ("the name does not match", "el nombre no coincide"),
    "not_contracted": ("there is no contract with the payer", "no hay contrato con la aseguradora"),
    "enrolled_elsewhere": (
        "it is enrolled with another clearinghouse",
        "está inscrito con otra cámara de compensación",
    ),
    "wrong_form": ("it was the wrong form", "el formulario no era el correcto"),
    "signature": ("the signature was not accepted", "la firma no fue aceptada"),
    "bank_details": ("the bank details were not accepted", "los datos bancarios no fueron aceptados"),
    "duplicate": ("it was sent in before", "ya se había enviado"),
    "other": ("another reason", "otro motivo"),
}

CONTRADICTIONS = {
    "submitter_not_approved": (
        "claims were rejected because the submitter is not approved",
        "se rechazaron reclamos porque el remitente no está aprobado",
    ),
    "check_after_eft": ("a paper check came although EFT is approved", "llegó un cheque aunque la EFT está aprobada"),
    "paid_without_era": ("a claim was paid and no ERA came", "se pagó un reclamo y no llegó la ERA"),
}

TRANSACTIONS = {
    "claims": ("E-claims", "Reclamos electrónicos"),
    "era": ("Payment notices (ERA)", "Avisos de pago (ERA)"),
    "eft": ("Electronic payments (EFT)", "Pagos electrónicos (EFT)"),
    "portal": ("Payer portal", "Portal de la aseguradora"),
}
"""What is set up, as a title."""

NOTICES = {
    "tasks_open": ("the payer's paperwork waits for you", "los trámites con la aseguradora esperan por usted"),
    "recertify": ("the enrollment has to be renewed", "hay que renovar la inscripción"),
    "work_waits": ("it waits for us to go on", "espera a que nosotros sigamos"),
    "chase_clearinghouse": ("the clearinghouse has not answered", "la cámara de compensación no ha respondido"),
    "chase_payer": ("the payer has not answered yet", "la aseguradora aún no responde"),
    "proof_missing": (
        "it is approved, but nothing shows that it works",
        "está aprobada, pero nada prueba que sirva",
    ),
    "portal_login_missing": ("nobody has logged in to the portal yet", "nadie ha entrado aún al portal"),
    "in_trouble": ("it has stopped working", "dejó de funcionar"),
    "returned": ("it was returned", "fue devuelta"),
    "unknown_word": ("it shows a status that we do not know", "muestra un estado que no conocemos"),
    "escalated": ("it has taken too long and needs a decision", "ha tardado demasiado y necesita una decisión"),
    "propose_pause": ("the practice has been silent for long", "el consultorio lleva mucho sin responder"),
}
"""What a line of a digest is about."""

ASKED = {
    "tasks_open": ("Please send us: {needs}.", "Por favor, envíenos: {needs}."),
    "tasks_open.any": ("Please send us what is still missing.", "Por favor, envíenos lo que aún falta."),
    "recertify": (
        "Please sign the renewal form and send it to us by {day}.",
        "Por favor, firme el formulario de renovación y envíenoslo antes del {day}.",
    ),
    "recertify.any": (
        "Please sign the renewal form and send it to us.",
        "Por favor, firme el formulario de renovación y envíenoslo.",
    ),
}
"""The one next step of a practice."""

STATE_NAMES = {
    "not_required": "Not required",
    "draft": "Draft",
    "needs_practice": "Needs the practice",
    "ready": "Ready to submit",
    "submitted": "Submitted",
    "pending_payer": "Pending with the payer",
    "testing": "Testing",
    "approved": "Approved",
    "proving": "Proving",
    "live": "Live",
    "degraded": "Degraded",
    "recertifying": "Recertifying",
    "rejected": "Rejected",
    "displaced": "Displaced",
    "ended": "Ended",
    "withdrawn": "Withdrawn",
}
"""What our own people call a state."""

SHORT = {"claims": "claims", "era": "ERA", "eft": "EFT", "portal": "portal"}

WORK = {
    "prepare": "Prepare the enrollment",
    "give": "The practice has to give something for the enrollment",
    "submit": "Submit the enrollment",
    "test": "Test the enrollment",
    "repair": "Repair an enrollment that has stopped working",
    "correct": "Correct a rejected enrollment",
    "recertify": "Renew the enrollment",
    "chase": "Ask the payer or clearinghouse about the enrollment",
    "escalated": "Decide about an enrollment that takes too long",
    "unknown_word": "Look at a status that we do not know",
    "log_in": "Log in to the payer's portal for the first time",
}
"""What work items of enrollments are called; their keys begin with the word."""

NEXT = {
    "prepare": "Check the paperwork, then prepare-enrollment, which also names what the practice must still give.",
    "give": "When it is there: complete-enrollment-tasks.",
    "submit": "Send it in, then submit-enrollment.",
    "test": "Do the payer's test, then record-payer-answer.",
    "repair": "Find out why; then wait for the next proof, or resubmit-enrollment.",
    "correct": "Correct what the payer named, then resubmit-enrollment; or withdraw-enrollment.",
    "recertify": "When the payer has renewed it: recertify-enrollment.",
    "chase": "Ask, then follow-up-enrollment, or record-payer-answer with what was answered.",
    "escalated": "Talk to the payer or the practice: go on, resubmit-enrollment, withdraw-enrollment or pause-journey.",
    "unknown_word": "Look there, then record-payer-answer with what is true.",
    "log_in": "Log in, then record-portal-login.",
}
"""What to do about them, and with which flow."""

STEPS = {
    "tasks_open": "Help the practice; when it is there: complete-enrollment-tasks.",
    "recertify": "When the payer has renewed it: recertify-enrollment.",
    "work_waits": "See the work list for what is to be done.",
    "chase_clearinghouse": "Ask the clearinghouse, then follow-up-enrollment.",
    "chase_payer": "Ask the payer, then follow-up-enrollment.",
    "proof_missing": "Ask the payer whether it is active, then follow-up-enrollment.",
    "portal_login_missing": "Log in, then record-portal-login.",
    "in_trouble": "Find out why; resubmit-enrollment if it must be set up again.",
    "returned": "Correct what was named, then resubmit-enrollment.",
    "unknown_word": "Look at the status there, then record-payer-answer with what is true.",
    "escalated": "Decide how it goes on: talk to the payer, resubmit-enrollment or withdraw-enrollment.",
    "propose_pause": "Call the practice; if it cannot go on now: pause-journey.",
}
"""The one next step of our own people for a line of their digest."""

HISTORY = {
    "created": "It was put on the payer list.",
    "ranked": "The payer's place among the top three changed.",
    "route_changed": "It goes another way now.",
    "waived": "The payer needs none for this.",
    "checked_ok": "The paperwork is complete.",
    "checked_missing": "The practice has to give something first.",
    "task_done": "The practice gave a part of what was asked for.",
    "tasks_done": "The practice gave everything that was asked for.",
    "submit": "It was sent in.",
    "acknowledged": "The clearinghouse passed it on to the payer.",
    "bounced": "The clearinghouse returned it.",
    "development_request": "The payer wants something more.",
    "approve": "The payer approved.",
    "reject": "The payer rejected.",
    "needs_test": "The payer wants a test first.",
    "test_ok": "The test was passed.",
    "test_failed": "The test failed.",
    "effective_date_reached": "It came into force; a proof is waited for.",
    "evidence": "It is proven to work.",
    "contradiction": "Something shows that it does not work.",
    "proof_overdue": "No proof came in time.",
    "heartbeat_lost": "Remittances have stopped.",
    "recertification_due": "It has to be renewed.",
    "recertified": "It was renewed.",
    "lapsed": "It was not renewed in time.",
    "displaced": "It moved to another clearinghouse.",
    "resubmit": "It is sent in once more.",
    "withdraw": "It is not wanted any more.",
    "reopen": "It was taken up again.",
    "followed_up": "We asked the payer or clearinghouse.",
    "unknown_word": "Another system shows a status that we do not know.",
    "proof_before_approval": "A proof came before the approval.",
    "remind": "A reminder was due.",
    "chase": "Asking the payer or clearinghouse was due.",
    "escalate": "It went to a manager.",
    "propose_pause": "A pause was proposed.",
    "warn_of_proof": "A proof is late.",
    "judge_proof": "A proof is overdue, and no claim was sent.",
    "heartbeat": "No remittance came, and no claim was sent.",
}
"""What our own people read of an enrollment's history; the kinds of its events begin with `enrollment_`."""

ENROLLMENT = {
    "enrollment_asked": ASKED,
    "enrollment_needs": NEEDS,
    "enrollment_notices": NOTICES,
    "enrollment_reasons": REJECT_REASONS | CONTRADICTIONS,
    "enrollment_states": STATES,
    "enrollment_transactions": TRANSACTIONS,
}
"""Words in both languages, as (English, Spanish), by group and key."""

ENROLLMENT_STAFF = {
    "enrollment_history": HISTORY,
    "enrollment_short": SHORT,
    "enrollment_state_names": STATE_NAMES,
    "enrollment_steps": STEPS,
    "enrollment_todo": NEXT,
    "enrollment_work": WORK,
}
"""Words of the staff area, by group and key."""
