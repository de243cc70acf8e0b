"""The settings of both platforms before a website launches, as data; a new launch check is one entry here (A-01)."""

from dataclasses import dataclass
from enum import StrEnum

from models.rules import readiness_judges as judges
from models.rules.readiness_facts import Platform
from models.rules.readiness_judges import Judge
from models.rules.roles import Role


class Scope(StrEnum):
    """Whether a check looks at the practice as a whole or at each provider."""

    PRACTICE = "practice"
    PROVIDER = "provider"


class When(StrEnum):
    """For which practices a check applies."""

    ALWAYS = "always"
    ENGAGE = "engage"
    KAREO = "kareo"


@dataclass(frozen=True, slots=True)
class Check:
    """One check. With a `judge` our own tables answer it; without one a person signs it off.

    `after`: what has to be settled before. `needs_one`: it cannot be that it applies to no provider at all.
    `is_counted`: it passes when a recorded count has come down to zero. `failed_task`: the work item once it failed.
    """

    key: str
    rule: str
    platform: Platform
    title: str
    todo: str
    role: Role
    scope: Scope = Scope.PRACTICE
    when: When = When.ALWAYS
    after: tuple[str, ...] = ()
    judge: Judge | None = None
    needs_one: bool = False
    is_counted: bool = False
    role_after_launch: Role | None = None
    failed_task: str = ""
    failed_todo: str = ""

    @property
    def is_signed_off(self) -> bool:
        """Say whether a person answers it with a signature."""
        return self.judge is None and not self.is_counted


CHECKS = (
    Check(
        "calendar_hours",
        "A-02",
        Platform.PATIENTPOP,
        "Calendar holds the current office hours",
        "Save the provider's current office hours in the calendar of each location.",
        Role.FRONT_OFFICE,
        Scope.PROVIDER,
        judge=judges.calendar_hours,
        needs_one=True,
    ),
    Check(
        "new_appointment_alerts",
        "A-03",
        Platform.PATIENTPOP,
        "New Appointment Alerts via Email/Text",
        "Configure who at the practice is told of new requests, by email or text.",
        Role.INTEGRATIONS_SPECIALIST,  # sets them up at activation; changes go through the Onboarding Manager
        judge=judges.new_appointment_alerts,
        role_after_launch=Role.ONBOARDING_MANAGER,
    ),
    Check(
        "insurances",
        "A-04",
        Platform.PATIENTPOP,
        "Insurances",
        "Configure the insurances that patients can choose.",
        Role.ONBOARDING_MANAGER,
        judge=judges.insurances,
    ),
    Check(
        "reasons_for_visit",
        "A-05",
        Platform.PATIENTPOP,
        "Reasons for visit",
        "Configure the reasons for visit that patients can choose.",
        Role.ONBOARDING_MANAGER,
        judge=judges.reasons_for_visit,
    ),
    Check(
        "feedback_questions",
        "A-06",
        Platform.PATIENTPOP,
        "Post-appointment feedback questions",
        "Configure the feedback questions, then sign this off.",
        Role.ONBOARDING_MANAGER,
    ),
    Check(
        "feedback_notifications",
        "A-07",
        Platform.PATIENTPOP,
        "Post-appointment feedback request notifications",
        "Choose how often and when patients are asked for feedback, with set-feedback-cadence.",
        Role.ONBOARDING_MANAGER,
        judge=judges.feedback_notifications,
    ),
    Check(
        "forms_disabled",
        "A-08",
        Platform.PATIENTPOP,
        "Forms are disabled, since intake is Kareo Engage's",
        "Record how many forms are enabled, then disable them one by one and record each.",
        Role.SUCCESS_COACH,
        when=When.ENGAGE,
        is_counted=True,
    ),
    Check(
        "office_hours",
        "A-09",
        Platform.KAREO,
        "Office hours are configured",
        "Configure the provider's office hours in Kareo, then sign this off.",
        Role.FRONT_OFFICE,
        Scope.PROVIDER,
        When.KAREO,
    ),
    Check(
        "visit_reasons",
        "A-10",
        Platform.KAREO,
        "Visit reasons have their durations",
        "Give each common visit reason its preferred duration, and list them here.",
        Role.FRONT_OFFICE,
        judge=judges.visit_reasons,
    ),
    Check(
        "patient_communications",
        "A-11",
        Platform.KAREO,
        "Patient Communications are on, each reminder configured",
        "Turn Patient Communications on, configure each reminder, and record both here.",
        Role.FRONT_OFFICE,
        Scope.PROVIDER,
        judge=judges.patient_communications,
    ),
    Check(
        "surveys_off",
        "A-11",
        Platform.KAREO,
        "Surveys are off (red border)",
        "Open the Surveys card in Kareo, turn surveys off, and record it here.",
        Role.FRONT_OFFICE,
        Scope.PROVIDER,
        When.KAREO,
        after=("patient_communications",),
        judge=judges.surveys_off,
    ),
    Check(
        "profiles_unpublished",
        "A-12",
        Platform.KAREO,
        "Provider Profiles are unpublished",
        "Unpublish the Provider Profile in Kareo, then sign this off.",
        Role.SUCCESS_COACH,
        Scope.PROVIDER,
        When.KAREO,
    ),
    Check(
        "scheduler_disabled",
        "A-12",
        Platform.KAREO,
        "Online scheduler is disabled",
        "Disable the practice's online scheduler in Kareo, then sign this off.",
        Role.SUCCESS_COACH,
        when=When.KAREO,
        after=("profiles_unpublished",),
    ),
    Check(
        "presence_disabled",
        "A-12",
        Platform.KAREO,
        "Online Presence is not enabled",
        "See in Kareo whether Online Presence is enabled, and sign off that it is not.",
        Role.SUCCESS_COACH,
        when=When.KAREO,
        after=("scheduler_disabled",),
        failed_task="contact_kareo_support",
        failed_todo="Contact Kareo Support to disable Online Presence; sign this off once they have.",
    ),
    Check(
        "one_reminder_system",
        "A-81",
        Platform.BOTH,
        "Reminders come from one system",
        "Let one system remind patients: Kareo where the practice has an account there, else golive.",
        Role.SUCCESS_COACH,
        after=("patient_communications",),
        judge=judges.one_reminder_system,
    ),
    Check(
        "one_owner_per_message",
        "A-105",
        Platform.BOTH,
        "Each kind of message has one sender",
        "Correct who sends the kinds of messages that are named.",
        Role.INTEGRATIONS_SPECIALIST,
        judge=judges.one_owner_per_message,
    ),
)
"""In the order of the documents; what Kareo shows is recorded here, so that a check of ours can read it."""
BY_KEY = {check.key: check for check in CHECKS}
ACCEPTANCE = dict.fromkeys(("application_call", "training"), ("A-02", "A-09", "A-10", "A-11", "A-12"))
"""The rules that accept what two steps of the journey teach (A-91)."""
