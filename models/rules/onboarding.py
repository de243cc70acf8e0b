"""The ten steps from agreement to graduation, as data; a new step, agenda item or topic is one entry here (O-47)."""

from dataclasses import dataclass
from enum import StrEnum

from models.rules.roles import Party, Role

COACH_ACTS_WITHIN = 1
PRACTICE_ANSWERS_WITHIN = 2
FIRST_CLAIM_WITHIN = 30
FIRST_PAYMENT_WITHIN = 45
PAYMENT_WINDOW_DAYS = (7, 14)
ONE_WEEK_DAYS = 7
CHECK_IN_DAYS = 14
REPORT_DAYS = 14
TOP_PAYERS = 3


class Rung(StrEnum):
    """What silence leads to (O-44)."""

    REMIND = "remind"
    TELL_MANAGER = "tell_manager"
    PROPOSE_PAUSE = "propose_pause"


SILENCE = ((2, Rung.REMIND), (5, Rung.REMIND), (10, Rung.REMIND), (15, Rung.TELL_MANAGER), (21, Rung.PROPOSE_PAUSE))
"""Business days of silence and what each leads to; the last rung is only climbed when the practice is silent."""


class ItemKind(StrEnum):
    """How an item is worked: by hand, in a call, as a document, or by the system when its facts say so."""

    TASK = "task"
    AGENDA = "agenda"
    DOCUMENT = "document"
    FACT = "fact"


class Opens(StrEnum):
    """When an item of a step opens: with its step, or once the step's call was held."""

    WITH_STEP = "with_step"
    AFTER_CALL = "after_call"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to be done.

    `gates`: the step ends only when it is closed; otherwise it is tracked, and graduation waits for it.
    `internal`: the practice never sees it. `waits_for`: who is waited for when it is not the role's own side.
    """

    key: str
    title: str
    role: Role
    kind: ItemKind = ItemKind.TASK
    gates: bool = True
    opens: Opens = Opens.WITH_STEP
    internal: bool = False
    waits_for: Party | None = None
    since: int = 1

    @property
    def party(self) -> Party:
        """Name who is waited for while the item is open (O-42)."""
        return self.waits_for or self.role.party


@dataclass(frozen=True, slots=True)
class Call:
    """One call: who leads, who attends, what is covered, how many business days ahead it is proposed."""

    key: str
    title: str
    minutes: int
    led_by: Role
    attendees: tuple[Role, ...]
    agenda: tuple[Item, ...] = ()
    days_ahead: int = 2
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the journey; it opens when all of `after` are over, and `before` makes other steps wait for it.

    A step with a call has an item `<call>.held`. `days`: business days it usually takes, low, typical and high (O-46).
    """

    key: str
    title: str
    owner: Role
    after: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    call: Call | None = None
    items: tuple[Item, ...] = ()
    milestone: int = 0
    days: tuple[int, int, int] = (2, 4, 10)
    since: int = 1


@dataclass(frozen=True, slots=True)
class Topic:
    """One training topic with a live group session (O-20)."""

    key: str
    title: str
    minutes: int = 45
    since: int = 1


COACH = Role.SUCCESS_COACH
CONTACT = Role.PRIMARY_CONTACT
BILLING = Role.BILLING_TEAM


def _agenda(call: str, role: Role, *titles: tuple[str, str]) -> tuple[Item, ...]:
    return tuple(Item(f"{call}.{key}", title, role, ItemKind.AGENDA) for key, title in titles)


def _after_call(key: str, title: str, role: Role = COACH, *, gates: bool = False) -> Item:
    return Item(key, title, role, gates=gates, opens=Opens.AFTER_CALL)


def _document(key: str, title: str) -> Item:
    return Item(f"document.{key}", title, CONTACT, ItemKind.DOCUMENT, gates=False, opens=Opens.AFTER_CALL)


DOCUMENTS = (
    _document("w9", "Form W-9"),
    _document("tax_id_letter", "IRS letter that confirms the tax ID"),
    _document("bank_letter", "Voided check or bank letter for EFT"),
    _document("licenses", "State licenses of the providers"),
    _document("malpractice", "Proof of malpractice insurance"),
    _document("payer_letters", "Payer approval letters with provider numbers"),
    _document("fee_schedule", "Fee schedule with CPT codes"),
    _document("superbill", "Superbill or encounter form"),
)

WELCOME = Call("welcome", "Welcome Call", 30, COACH, (CONTACT, COACH), days_ahead=1)
HANDOFF = Call(
    "handoff",
    "Handoff Call",
    60,
    COACH,
    (CONTACT, Role.SALES_REPRESENTATIVE, COACH),
    _agenda(
        "handoff",
        COACH,
        ("agreement_terms", "Service Agreement terms"),
        ("business_status", "Current business status"),
        ("process_overview", "Onboarding process overview"),
        ("documents_checklist", "Required Documents Checklist"),
        ("training_and_ehr", "Training schedule and EHR integration"),
    ),
    needs=("welcome.preparation", "welcome.handoff_agenda", "welcome.customer_id"),
)
APPLICATION = Call(
    "application",
    "Application Call",
    60,
    Role.SUCCESS_COORDINATOR,
    (CONTACT, Role.SUCCESS_COORDINATOR),
    _agenda(
        "application",
        Role.SUCCESS_COORDINATOR,
        ("invoicing", "Invoicing payment information"),
        ("logins", "Software logins"),
        ("user_management", "User management"),
        ("patient_entry", "Patient data entry"),
        ("scheduling", "Appointment scheduling"),
        ("patient_payments", "Patient payments and Stripe"),
        ("superbills", "Superbills / encounter forms"),
        ("fee_schedule", "Fee schedule (CPT codes and fees)"),
        ("document_management", "Document management"),
        ("charge_entry", "Charge entry"),
        ("reporting", "Reporting management"),
    ),
)
BILLING_RULES = Call(
    "billing_rules",
    "Billing Rules Call",
    60,
    COACH,
    (CONTACT, COACH, BILLING),
    _agenda(
        "billing_rules",
        COACH,
        ("charges", "Charges"),
        ("records_and_coding", "Medical records and coding"),
        ("payments_and_ar", "Payments and A/R management"),
    ),
)
ONE_WEEK = Call("one_week", "One-week call after go-live", 30, COACH, (CONTACT, COACH, BILLING))
CHECK_IN = Call("check_in", "Bi-weekly check-in call", 30, COACH, (CONTACT, COACH))

STEPS = (
    Step(
        "service_agreement",
        "Service Agreement",
        Role.SALES_REPRESENTATIVE,
        items=(Item("agreement.signed", "Service Agreement signed", CONTACT, ItemKind.FACT),),
        days=(1, 3, 10),
    ),
    Step(
        "welcome_call",
        "Welcome Call",
        COACH,
        ("service_agreement",),
        call=WELCOME,
        items=(
            Item("welcome.held", "Welcome Call held", COACH, ItemKind.FACT),
            Item("welcome.questions", "Preliminary questions answered", CONTACT, ItemKind.FACT),
            Item("welcome.preparation", "Prepare with the Sales Representative", COACH, gates=False, internal=True),
            Item("welcome.handoff_agenda", "Prepare the Handoff Call's agenda", COACH),
            Item("welcome.customer_id", "Establish the Kareo Customer ID", COACH, ItemKind.FACT),
        ),
        days=(1, 3, 8),
    ),
    Step(
        "handoff_call",
        "Handoff Call",
        COACH,
        ("welcome_call",),
        call=HANDOFF,
        items=(
            Item("handoff.held", "Handoff Call held", COACH, ItemKind.FACT),
            Item("handoff.checklist", "Required Documents Checklist issued", COACH, ItemKind.FACT),
            _after_call("handoff.account", "Set up the account"),
            _after_call("handoff.software", "Configure the software"),
            _after_call("handoff.ehr", "Begin EHR integrations"),
            _after_call("handoff.imports", "Begin data imports"),
            _after_call("handoff.trainings", "Schedule the required trainings"),
            *DOCUMENTS,
        ),
    ),
    Step(
        "application_call",
        "Application Call",
        Role.SUCCESS_COORDINATOR,
        ("handoff_call",),
        call=APPLICATION,
        items=(
            Item("application.held", "Application Call held", Role.SUCCESS_COORDINATOR, ItemKind.FACT),
            _after_call("application.reports", "Configure reports"),
            _after_call("application.register_team", "Register the team for training"),
            _after_call("application.share_forms", "Share scheduling and encounter forms with the Billing Team"),
        ),
    ),
    Step(
        "billing_rules_call",
        "Billing Rules Call",
        COACH,
        ("application_call",),
        call=BILLING_RULES,
        items=(
            Item("billing_rules.held", "Billing Rules Call held", COACH, ItemKind.FACT),
            _after_call("billing_rules.configured", "Configure the billing rules", gates=True),
            _after_call("billing_rules.team_trained", "Train the Billing Team on account status and billing rules"),
            _after_call("billing_rules.fee_schedules", "Configure fee schedules"),
            _after_call("billing_rules.insurances", "Set up all insurances"),
            _after_call("billing_rules.settings", "Populate provider, practice and service-location settings"),
        ),
    ),
    Step(
        "training",
        "Training",
        Role.TRAINING_TEAM,
        ("handoff_call",),
        items=(Item("training.completed", "Every registered person completed every session", CONTACT, ItemKind.FACT),),
        days=(10, 20, 40),
    ),
    Step(
        "enrollments",
        "Enrollments Processing",
        Role.ENROLLMENTS_REPRESENTATIVE,
        ("handoff_call",),
        items=(
            Item(
                "enrollments.begun",
                "Begin the enrollments, top three payers first",
                Role.ENROLLMENTS_REPRESENTATIVE,
                gates=False,
            ),
            Item(
                "enrollments.top_payers",
                "Top three payers finalised",
                Role.ENROLLMENTS_REPRESENTATIVE,
                ItemKind.FACT,
                waits_for=Party.PAYER,
            ),
        ),
    ),
    Step(
        "first_claim",
        "First Claim",
        COACH,
        ("billing_rules_call", "training", "enrollments"),
        items=(
            Item("first_claim.told", "Practice told that it is live", COACH),
            Item("first_claim.received", "First charges received", COACH, ItemKind.FACT),
            Item("first_claim.submitted", "First charges submitted properly", COACH, ItemKind.FACT),
        ),
        milestone=1,
    ),
    Step(
        "payments",
        "Payments / Reimbursements",
        Role.PAYMENT_POSTERS,
        ("first_claim",),
        items=(
            Item(
                "payments.first_era",
                "First ERAs received and posted",
                Role.PAYMENT_POSTERS,
                ItemKind.FACT,
                waits_for=Party.PAYER,
            ),
            Item("payments.auto_posting", "Complete auto-posting", Role.PAYMENT_POSTERS),
        ),
        milestone=2,
    ),
    Step(
        "graduation",
        "Graduation",
        COACH,
        ("payments",),
        items=(
            Item("graduation.claims", "All claims are sent", BILLING),
            Item("graduation.reimbursements", "Reimbursements are received", BILLING),
            Item("graduation.one_week", "One-week call held", COACH, ItemKind.FACT),
            Item(
                "graduation.enrollments",
                "No planned payer's enrollment in trouble",
                Role.ENROLLMENTS_REPRESENTATIVE,
                ItemKind.FACT,
            ),
            Item("graduation.review", "Review the activity with the Billing Team", COACH),
            Item("graduation.handover", "Account handed to the Billing Team", COACH, ItemKind.FACT),
        ),
        milestone=3,
    ),
)

TOPICS = (
    Topic("dashboard", "Dashboard overview"),
    Topic("messaging", "Messaging options"),
    Topic("batch_documents", "Batch document instructions"),
    Topic("reports", "Manage reports"),
    Topic("logs", "Required logs"),
    Topic("patient_record", "Create patient record"),
    Topic("calendar_settings", "Complete calendar settings"),
    Topic("scheduling", "Schedule patient appointments"),
)

FOLLOW_UPS = (ONE_WEEK, CHECK_IN)
CALLS = {call.key: call for call in (*(step.call for step in STEPS if step.call), *FOLLOW_UPS)}


def step_items(step: Step) -> tuple[Item, ...]:
    """List everything that is to be done in a step, its call's agenda included."""
    return (*step.items, *(step.call.agenda if step.call else ()))


def newest_version() -> int:
    """Say which version a journey that starts now follows: the newest entry's (O-47)."""
    items = [item.since for step in STEPS for item in step_items(step)]
    return max(*items, *(step.since for step in STEPS), *(topic.since for topic in TOPICS))


CURRENT_VERSION = newest_version()
