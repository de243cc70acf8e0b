"""docs/flows.md is written from what is deployed."""

import os
from pathlib import Path

import pytest

from deployments.declared import read_declared
from deployments.flows_doc import main, render_page
from tests.deployments.conftest import SAMPLE


def test_the_page_says_who_starts_a_flow_and_what_its_form_asks() -> None:
    page = render_page(read_declared(SAMPLE))
    assert "| [tick](#tick) | Add one to a number. | the clock, each 5 seconds |" in page
    assert "golive itself, as soon as it is up" in page
    assert "At most 2 at once; another is cancelled." in page
    assert "| seconds | How long the run stays. | `600` |" in page


def test_a_page_out_of_date_is_told_apart_from_a_fresh_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "flows.md"
    place = ["--list", str(SAMPLE), "--page", str(page)]
    assert main([*place, "--check"]) == os.EX_DATAERR
    assert "Write it again with: make docs" in capsys.readouterr().err
    assert main(place) == os.EX_OK
    assert main([*place, "--check"]) == os.EX_OK
