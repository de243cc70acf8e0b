"""Who takes part: roles of both sides, and the parties that a step can wait for."""

from enum import StrEnum


class Party(StrEnum):
    """Who is being waited for (O-42, E-28)."""

    PRACTICE = "practice"
    US = "us"
    CLEARINGHOUSE = "clearinghouse"
    PAYER = "payer"


class Role(StrEnum):
    """Roles to which people are assigned per practice; the assignment is data and has a history."""

    SALES_REPRESENTATIVE = "sales_representative"
    SUCCESS_COACH = "success_coach"
    SUCCESS_COORDINATOR = "success_coordinator"
    ONBOARDING_MANAGER = "onboarding_manager"
    INTEGRATIONS_SPECIALIST = "integrations_specialist"
    ENROLLMENTS_REPRESENTATIVE = "enrollments_representative"
    BILLING_TEAM = "billing_team"
    TRAINING_TEAM = "training_team"
    PAYMENT_POSTERS = "payment_posters"
    AUDITOR = "auditor"
    PRIMARY_CONTACT = "primary_contact"
    TRAINEE = "trainee"
    FRONT_OFFICE = "front_office"
    PATIENT = "patient"

    @property
    def party(self) -> Party:
        """Name the side on which this role works."""
        return Party.PRACTICE if self in PRACTICE_ROLES else Party.US


PRACTICE_ROLES = frozenset({Role.PRIMARY_CONTACT, Role.TRAINEE, Role.FRONT_OFFICE, Role.PATIENT})
STAFF_ROLES = frozenset(Role) - PRACTICE_ROLES
