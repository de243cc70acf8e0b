"""The demonstration: what it leaves to look at."""

from io import StringIO

import pytest
from rich.console import Console

from deployments.demo import run_demo
from models.rules.onboarding_facts import JourneyStatus
from models.settings import Settings


@pytest.mark.slow
def test_the_report_shows_every_enrollment_and_tells_the_mails_apart(own_settings: Settings) -> None:
    played = run_demo(days=25, console=Console(file=StringIO()))
    report = played.report.read_text(encoding="utf-8")
    assert played.journey.status is JourneyStatus.ACTIVE
    assert "23 payer enrollments" in report
    assert report.count('<rect class="is-') >= 23
    to_practice, _, to_us = report.partition("mails to the practice")[2].partition("mails to our own people")
    assert "@cedarvalley.example.com" in to_practice
    assert "@cedarvalley.example.com" not in to_us
    assert "@golive.example.com" not in to_practice
