"""What a person decides about two records that may be one patient: kept, or one of them put aside (A-73, A-74)."""

from enum import StrEnum


class DuplicateOutcome(StrEnum):
    """What was done; merging is no choice, since neither system can (A-73)."""

    KEPT_BOTH = "kept_both"
    DEACTIVATED = "deactivated"
    ARCHIVED = "archived"


class Aside(StrEnum):
    """Which record of a pair is put aside."""

    NEITHER = "neither"
    FIRST = "first"
    SECOND = "second"
