"""Calendars of providers to subscribe to: a private link is made and ended by a person."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from models.inputs.forms import ActorKey, PracticeKey, ProviderNpi
from tasks import feeds
from tasks.commands import state_of
from tasks.moment import now


@flow(flow_run_name="make-calendar-feed {practice}")
def make_calendar_feed(practice: PracticeKey, provider: ProviderNpi, by: ActorKey) -> State[Any]:
    """Make the private link of a provider's calendar; staff read it on the practice's page of calendar links.

    Args:
        practice: Short name of the practice.
        provider: NPI of the provider.
        by: Key of whoever makes it.
    """
    return state_of(feeds.make_feed(practice, provider, by=by, as_of=now()))


@flow(flow_run_name="revoke-calendar-feed {practice}")
def revoke_calendar_feed(practice: PracticeKey, provider: ProviderNpi, by: ActorKey) -> State[Any]:
    """End the private link of a provider's calendar, for instance when it fell into the wrong hands.

    Args:
        practice: Short name of the practice.
        provider: NPI of the provider.
        by: Key of whoever ends it.
    """
    return state_of(feeds.revoke_feed(practice, provider, by=by, as_of=now()))
