"""Who may see and do what on the web site: roles at the portal, areas, rights, and the practices that somebody sees."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Final

from models.rules.acting import word_of_person
from models.rules.roles import Role


class PortalRole(StrEnum):
    """What somebody is at the portal."""

    COACH = "coach"
    ENROLLMENT = "enrollment"
    FRONT_OFFICE = "front_office"
    PRACTICE_OWNER = "practice_owner"
    ONBOARDING_MANAGER = "onboarding_manager"
    INTEGRATIONS_SPECIALIST = "integrations_specialist"
    AUDITOR = "auditor"

    @property
    def sees_all(self) -> bool:
        """Say whether this role sees every practice, not only those to which its holder is assigned."""
        return self in (PortalRole.ONBOARDING_MANAGER, PortalRole.AUDITOR)


PORTAL_ROLES: Final[Mapping[Role, PortalRole]] = MappingProxyType(
    {
        Role.SUCCESS_COACH: PortalRole.COACH,
        Role.SUCCESS_COORDINATOR: PortalRole.COACH,
        Role.ENROLLMENTS_REPRESENTATIVE: PortalRole.ENROLLMENT,
        Role.FRONT_OFFICE: PortalRole.FRONT_OFFICE,
        Role.TRAINEE: PortalRole.FRONT_OFFICE,
        Role.PRIMARY_CONTACT: PortalRole.PRACTICE_OWNER,
        Role.ONBOARDING_MANAGER: PortalRole.ONBOARDING_MANAGER,
        Role.INTEGRATIONS_SPECIALIST: PortalRole.INTEGRATIONS_SPECIALIST,
        Role.AUDITOR: PortalRole.AUDITOR,
    }
)
"""What the holder of a role is at the portal; teams behind one address and patients have no access."""


class Right(IntEnum):
    """What somebody may do in an area; each includes the one before."""

    NONE = 0
    READ = 1
    WRITE = 2


class Area(StrEnum):
    """The areas of the portal."""

    HOME = "home"
    BOARD = "board"
    WORK = "work"
    JOURNEY = "journey"
    PROGRESS = "progress"
    ENROLLMENTS = "enrollments"
    FIGURES = "figures"
    MONTH = "month"
    FORECAST = "forecast"
    READINESS = "readiness"
    APPOINTMENTS = "appointments"
    CALENDAR = "calendar"
    CALENDAR_LINKS = "calendar_links"
    EXPORTS = "exports"
    PATIENTS = "patients"
    MESSAGES = "messages"
    REPUTATION = "reputation"
    INSIGHTS = "insights"
    SETTINGS = "settings"
    OFFBOARDING = "offboarding"
    ACCESS = "access"
    ACCOUNT = "account"


_COLUMNS: Final = (
    PortalRole.COACH,
    PortalRole.ENROLLMENT,
    PortalRole.FRONT_OFFICE,
    PortalRole.PRACTICE_OWNER,
    PortalRole.ONBOARDING_MANAGER,
    PortalRole.INTEGRATIONS_SPECIALIST,
    PortalRole.AUDITOR,
)
_SIGNS: Final = {"-": Right.NONE, "r": Right.READ, "w": Right.WRITE}
_TABLE: Final = {  # coach, enrollment, front office, owner, manager, integrations, auditor
    Area.HOME: "r r r r r r r",
    Area.BOARD: "r r - - r r r",
    Area.WORK: "w w - - w w r",
    Area.JOURNEY: "w r - - w r r",
    Area.PROGRESS: "r r r r r r r",
    Area.ENROLLMENTS: "r w - - w r r",
    Area.FIGURES: "r r - - r - r",
    Area.MONTH: "- - - - r - r",
    Area.FORECAST: "r r - - r r r",
    Area.READINESS: "w r - - w w r",
    Area.APPOINTMENTS: "r - w w r r r",
    Area.CALENDAR: "r - w w w w r",
    Area.CALENDAR_LINKS: "r - r w r w r",
    Area.EXPORTS: "- - - r r r r",
    Area.PATIENTS: "- - w w r r r",
    Area.MESSAGES: "- - w w - - r",
    Area.REPUTATION: "r - w w r - r",
    Area.INSIGHTS: "r - r r r - r",
    Area.SETTINGS: "r - - w w r r",
    Area.OFFBOARDING: "w - - - w - r",
    Area.ACCESS: "- - - r w - r",
    Area.ACCOUNT: "w w w w w w w",
}
"""JOURNEY, ENROLLMENTS, FORECAST and READINESS are our internal view; PROGRESS is what the practice itself is shown."""

RIGHTS: Final[Mapping[Area, Mapping[PortalRole, Right]]] = MappingProxyType(
    {
        area: MappingProxyType(dict(zip(_COLUMNS, (_SIGNS[sign] for sign in row.split()), strict=True)))
        for area, row in _TABLE.items()
    }
)
"""What each role may do in each area."""


def right_of(roles: Iterable[PortalRole], area: Area) -> Right:
    """Say what some roles together may do in an area."""
    return max((RIGHTS[area][role] for role in roles), default=Right.NONE)


@dataclass(frozen=True, slots=True)
class Whom:
    """About whom a command is: one of us, or a person of the practice that is named; who commands it, and its key."""

    key: str
    practice: str
    by: str
    command: str


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody who signed in: the key that history names, roles, and the keys of the practices in which they act.

    `own` is the key of the practice to which a practice's person belongs, empty for our own people, and `own_id` its
    number, 0 for them. `shares_key`: a practice's person whose key one of our staff has as well.
    """

    account: int
    key: str
    roles: frozenset[PortalRole]
    practices: frozenset[str]
    own: str = ""
    locale: str = "en"
    shares_key: bool = False
    own_id: int = 0

    @property
    def by(self) -> str:
        """Give the word under which this one acts, and which history names."""
        return word_of_person(self.key, is_shared=self.shares_key)

    def right(self, area: Area, practice: str = "") -> Right:
        """Say what this one may do in an area, of one practice where one is named.

        A role that is bound to assigned practices gives nothing in others, whatever other roles its holder has.
        """
        fitting = (role for role in self.roles if not practice or role.sees_all or practice in self.practices)
        return right_of(fitting, area)

    def may(self, area: Area, right: Right = Right.READ, practice: str = "") -> bool:
        """Say whether this one may do that much."""
        return self.right(area, practice) >= right

    def scope(self, area: Area) -> frozenset[str] | None:
        """Name the practices that this one may read in an area; None is all of them."""
        readers = [role for role in self.roles if RIGHTS[area][role] >= Right.READ]
        if any(role.sees_all for role in readers):
            return None
        return self.practices if readers else frozenset()


def portal_roles(roles: Collection[str]) -> frozenset[PortalRole]:
    """Give what the holder of some roles is at the portal; nothing where none of them has access."""
    return frozenset(PORTAL_ROLES[role] for role in Role if role in roles and role in PORTAL_ROLES)
