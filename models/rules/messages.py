"""The catalogue of messages: who owns each, who reads it, how it travels, which fields it may use."""

from dataclasses import dataclass
from enum import StrEnum


class Channel(StrEnum):
    """How a message travels."""

    EMAIL = "email"
    TEXT = "text"


class Audience(StrEnum):
    """Who reads a message; decides how much it may say."""

    PRACTICE = "practice"
    STAFF = "staff"
    PATIENT = "patient"
    FRONT_OFFICE = "front_office"


class Owner(StrEnum):
    """Which system sends a kind of message (A-84, A-105)."""

    GOLIVE = "golive"
    KAREO = "kareo"


class MessageKind(StrEnum):
    """Every kind of message that the product can send; one template folder each."""

    WELCOME = "welcome"
    CALL_INVITATION = "call_invitation"
    CALL_CANCELLED = "call_cancelled"
    DOCUMENTS_CHECKLIST = "documents_checklist"
    DOCUMENT_REJECTED = "document_rejected"
    REMINDER = "reminder"
    TRAINING_INVITATION = "training_invitation"
    TRAINING_RESCHEDULED = "training_rescheduled"
    ENROLLMENT_FINISHED = "enrollment_finished"
    GO_LIVE = "go_live"
    FIRST_ERA_POSTED = "first_era_posted"
    PAYMENT_ISSUE = "payment_issue"
    PROGRESS_REPORT = "progress_report"
    GRADUATION = "graduation"
    STAFF_REMINDER = "staff_reminder"
    STAFF_ESCALATION = "staff_escalation"
    PAUSE_PROPOSAL = "pause_proposal"
    REQUEST_ALERT = "request_alert"
    REQUEST_RECEIVED = "request_received"
    APPOINTMENT_SCHEDULED = "appointment_scheduled"
    APPOINTMENT_DECLINED = "appointment_declined"
    APPOINTMENT_MOVED = "appointment_moved"
    APPOINTMENT_CANCELLED = "appointment_cancelled"
    APPOINTMENT_REMINDER = "appointment_reminder"
    TELEHEALTH_REMINDER = "telehealth_reminder"
    INTAKE_FORMS = "intake_forms"
    ENROLLMENT_DIGEST = "enrollment_digest"
    ENROLLMENT_DIGEST_STAFF = "enrollment_digest_staff"
    FEEDBACK_TEXT = "feedback_text"
    FEEDBACK_EMAIL = "feedback_email"
    TEXT_STOPPED = "text_stopped"
    TEXT_STARTED = "text_started"
    TEXT_HELP = "text_help"
    TEXT_REPLY = "text_reply"
    INVITATION = "invitation"
    WEEKLY_REPUTATION = "weekly_reputation"
    PRIVATE_ANSWER_EMAIL = "private_answer_email"
    PRIVATE_ANSWER_TEXT = "private_answer_text"


COMMON_FIELDS = frozenset({"practice_name", "recipient_first_name", "coach_name", "link"})
FIELDS_OF_ALL = {
    Audience.PRACTICE: COMMON_FIELDS,
    Audience.STAFF: COMMON_FIELDS,
    Audience.PATIENT: COMMON_FIELDS - {"coach_name"},
    Audience.FRONT_OFFICE: frozenset({"practice_name", "link"}),
}
"""What every message to an audience may use; who is told of a request is not told by whom."""
VISIT_FIELDS = frozenset({"starts_at", "minutes", "is_virtual", "sequence", "provider", "location"})
FEEDBACK_FIELDS = frozenset({"signature", "number", "is_last", "is_sensitive"})
"""No reason, date or place of a visit; a provider is named in the signature at most (F-050, F-209)."""
CALL_FIELDS = frozenset({"call", "starts_at", "minutes", "agenda", "sequence"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the catalogue; retention counts days from the outcome.

    `completes` names the item that is done once the message was accepted by the mail server.
    """

    audience: Audience
    fields: frozenset[str] = frozenset()
    channel: Channel = Channel.EMAIL
    owner: Owner = Owner.GOLIVE
    retention_days: int = 730
    calendar: bool = False
    closes_journey: bool = False
    completes: str = ""

    @property
    def allowed_fields(self) -> frozenset[str]:
        """Name every field that the templates of this message may use."""
        return FIELDS_OF_ALL[self.audience] | self.fields


CATALOGUE: dict[MessageKind, Entry] = {
    MessageKind.WELCOME: Entry(Audience.PRACTICE, frozenset({"steps"})),
    MessageKind.CALL_INVITATION: Entry(Audience.PRACTICE, CALL_FIELDS, calendar=True),
    MessageKind.CALL_CANCELLED: Entry(Audience.PRACTICE, frozenset({"call", "starts_at"}), calendar=True),
    MessageKind.DOCUMENTS_CHECKLIST: Entry(Audience.PRACTICE, frozenset({"documents"})),
    MessageKind.DOCUMENT_REJECTED: Entry(Audience.PRACTICE, frozenset({"document", "reason"})),
    MessageKind.REMINDER: Entry(Audience.PRACTICE, frozenset({"step", "missing", "waiting_days"})),
    MessageKind.TRAINING_INVITATION: Entry(
        Audience.PRACTICE, frozenset({"topic", "starts_at", "minutes", "sequence"}), calendar=True
    ),
    MessageKind.TRAINING_RESCHEDULED: Entry(
        Audience.PRACTICE, frozenset({"topic", "starts_at", "minutes", "sequence"}), calendar=True
    ),
    MessageKind.ENROLLMENT_FINISHED: Entry(Audience.PRACTICE, frozenset({"payer", "transaction"})),
    MessageKind.GO_LIVE: Entry(
        Audience.PRACTICE,
        frozenset({"went_live_on", "payments_from", "payments_until"}),
        completes="first_claim.told",
    ),
    MessageKind.FIRST_ERA_POSTED: Entry(Audience.PRACTICE, frozenset({"posted_on"})),
    MessageKind.PAYMENT_ISSUE: Entry(Audience.PRACTICE, frozenset({"payer", "issue"})),
    MessageKind.PROGRESS_REPORT: Entry(
        Audience.PRACTICE,
        frozenset({"since", "until", "steps_over", "went_live_on", "go_live_from", "go_live_until", "enrollments_over"})
        | {"chart", "chart_words", "needs", "happened", "progress", "enrollments", "next_dates"},
    ),
    MessageKind.GRADUATION: Entry(
        Audience.PRACTICE, frozenset({"graduated_on", "cancelled_calls"}), calendar=True, closes_journey=True
    ),
    MessageKind.STAFF_REMINDER: Entry(
        Audience.STAFF, frozenset({"step", "missing", "waiting_days"}), retention_days=365
    ),
    MessageKind.STAFF_ESCALATION: Entry(
        Audience.STAFF, frozenset({"step", "missing", "waiting_days", "party"}), retention_days=365
    ),
    MessageKind.PAUSE_PROPOSAL: Entry(
        Audience.STAFF, frozenset({"step", "missing", "waiting_days"}), retention_days=365
    ),
    MessageKind.REQUEST_ALERT: Entry(
        Audience.FRONT_OFFICE,
        frozenset({"starts_at", "is_virtual", "provider", "location", "is_in_kareo"}),
        retention_days=365,
    ),
    MessageKind.REQUEST_RECEIVED: Entry(Audience.PATIENT, VISIT_FIELDS, owner=Owner.KAREO, retention_days=365),
    MessageKind.APPOINTMENT_SCHEDULED: Entry(
        Audience.PATIENT, VISIT_FIELDS, owner=Owner.KAREO, retention_days=365, calendar=True
    ),
    MessageKind.APPOINTMENT_DECLINED: Entry(Audience.PATIENT, VISIT_FIELDS, owner=Owner.KAREO, retention_days=365),
    MessageKind.APPOINTMENT_MOVED: Entry(
        Audience.PATIENT, VISIT_FIELDS, owner=Owner.KAREO, retention_days=365, calendar=True
    ),
    MessageKind.APPOINTMENT_CANCELLED: Entry(
        Audience.PATIENT, VISIT_FIELDS | {"is_in_calendar"}, owner=Owner.KAREO, retention_days=365, calendar=True
    ),
    MessageKind.APPOINTMENT_REMINDER: Entry(Audience.PATIENT, VISIT_FIELDS, owner=Owner.KAREO, retention_days=365),
    MessageKind.TELEHEALTH_REMINDER: Entry(Audience.PATIENT, VISIT_FIELDS, owner=Owner.KAREO, retention_days=365),
    MessageKind.INTAKE_FORMS: Entry(Audience.PATIENT, VISIT_FIELDS | {"forms"}, owner=Owner.KAREO, retention_days=365),
    MessageKind.ENROLLMENT_DIGEST: Entry(Audience.PRACTICE, frozenset({"lines"}), retention_days=365),
    MessageKind.ENROLLMENT_DIGEST_STAFF: Entry(Audience.STAFF, frozenset({"lines", "decisions"}), retention_days=365),
    MessageKind.FEEDBACK_TEXT: Entry(Audience.PATIENT, FEEDBACK_FIELDS, Channel.TEXT, retention_days=365),
    MessageKind.FEEDBACK_EMAIL: Entry(Audience.PATIENT, FEEDBACK_FIELDS | {"stop_link"}, retention_days=365),
    MessageKind.TEXT_STOPPED: Entry(Audience.PATIENT, channel=Channel.TEXT, retention_days=1825),
    MessageKind.TEXT_STARTED: Entry(Audience.PATIENT, channel=Channel.TEXT, retention_days=1825),
    MessageKind.TEXT_HELP: Entry(Audience.PATIENT, frozenset({"is_sensitive"}), Channel.TEXT, retention_days=365),
    MessageKind.TEXT_REPLY: Entry(Audience.PATIENT, frozenset({"words"}), Channel.TEXT, retention_days=365),
    MessageKind.PRIVATE_ANSWER_EMAIL: Entry(Audience.PATIENT, frozenset({"words", "stop_link"}), retention_days=365),
    MessageKind.PRIVATE_ANSWER_TEXT: Entry(Audience.PATIENT, frozenset({"words"}), Channel.TEXT, retention_days=365),
    MessageKind.WEEKLY_REPUTATION: Entry(
        Audience.PRACTICE,
        frozenset({"first", "last", "satisfied", "stars", "asked", "answered", "unread", "next_steps"}),
        retention_days=365,
    ),
    MessageKind.INVITATION: Entry(Audience.PRACTICE, frozenset({"days"}), retention_days=365),
}
