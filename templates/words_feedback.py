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

FEEDBACK = {"feedback": BUTTONS, "feedback_questions": QUESTIONS, "feedback_signatures": SIGNATURES}
