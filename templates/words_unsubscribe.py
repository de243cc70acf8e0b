"""What the page says by which patients opt out of feedback mails, as (English, Spanish)."""

UNSUBSCRIBE = {
    "skip": ("Skip to the content", "Ir al contenido"),
    "language": ("Language", "Idioma"),
    "ask.title": ("Stop emails that ask for your feedback", "Dejar de recibir correos que piden su opinión"),
    "ask.text": (
        "Press the button, and this practice asks you for feedback by email no more. Nothing else changes.",
        "Presione el botón y este consultorio ya no le pedirá su opinión por correo. Nada más cambia.",
    ),
    "ask.button": ("Stop these emails", "No recibir más estos correos"),
    "done.title": ("You get no more of these emails", "Ya no recibirá estos correos"),
    "done.text": (
        "If this link came from us, its practice asks you for feedback by email no more. You can close this page.",
        "Si este enlace es nuestro, su consultorio ya no le pedirá su opinión por correo. Puede cerrar esta página.",
    ),
    "busy.title": ("Please try again in a minute", "Inténtelo de nuevo en un minuto"),
    "busy.text": (
        "Too many came from your network at once, so nothing was changed. Wait a minute and press again.",
        "Llegaron demasiadas solicitudes de su red y no se cambió nada. Espere un minuto y presione otra vez.",
    ),
}
