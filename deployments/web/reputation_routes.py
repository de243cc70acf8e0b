"""The addresses of Reputation, each with what it asks for."""

from typing import Final

from starlette.routing import Route

from deployments.web import reputation, reputation_answers, reputation_private, reputation_replies, reputation_settings
from deployments.web.session_guard import Place, guarded
from models.rules.access import Area

_BASE: Final = "/staff/practices/{key}/reputation"

REPUTATION: Final = (
    Route(_BASE, guarded(reputation.show_public, Area.REPUTATION, place=Place.PRACTICE)),
    Route(f"{_BASE}/private", guarded(reputation_private.show_private, Area.REPUTATION, place=Place.PRACTICE)),
    Route(f"{_BASE}/settings", guarded(reputation_settings.show_settings, Area.SETTINGS, place=Place.PRACTICE)),
    Route(f"{_BASE}/draft", reputation_replies.draft, methods=["POST"]),
    Route(f"{_BASE}/release", reputation_replies.release, methods=["POST"]),
    Route(f"{_BASE}/take-back", reputation_replies.take_back, methods=["POST"]),
    Route(f"{_BASE}/posted", reputation_replies.confirm, methods=["POST"]),
    Route(f"{_BASE}/private/read", reputation_private.mark_as_read, methods=["POST"]),
    Route(f"{_BASE}/private/draft", reputation_answers.draft, methods=["POST"]),
    Route(f"{_BASE}/private/release", reputation_answers.release, methods=["POST"]),
    Route(f"{_BASE}/private/take-back", reputation_answers.take_back, methods=["POST"]),
    Route(f"{_BASE}/settings/save", reputation_settings.save, methods=["POST"]),
)
