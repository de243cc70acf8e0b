"""What a practice system shows of charges and claims: counts by payer and day, and nothing of a patient."""

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class BillingDay:
    """How many charges and claims a practice system shows for a payer on a local day; the payer by its name there."""

    payer_name: str = field(repr=False)
    day: date
    charges: int = 0
    submitted: int = 0
    paid: int = 0
    posted: int = 0
