"""Phrases of the web pages in both languages, as (English, Spanish); keys are used as `page.<key>`."""

PAGE = {
    "forecast": ("Expected go-live", "Inicio previsto"),
    "missing": ("What we are waiting for", "Lo que esperamos"),
    "next": ("What happens next", "Lo que sigue"),
    "progress": ("Your ten steps", "Sus diez etapas"),
    "since": ("since", "desde"),
    "title": ("Your onboarding", "Su incorporación"),
    "today": ("today", "hoy"),
    "waiting_for": ("waiting for", "en espera de"),
}

PAGES = {"page": PAGE}
