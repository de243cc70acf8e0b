"""A site has done what the first visitors would wait for before it answers anybody."""

import pytest
from jinja2 import FileSystemLoader
from starlette.testclient import TestClient

from deployments.web.site import create_site
from models.db import Database


@pytest.mark.database
def test_no_visitor_waits_for_a_template_to_be_compiled(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_asked: object) -> None:
        pytest.fail("a template was read after the site had opened")

    with TestClient(create_site()) as visitor:
        monkeypatch.setattr(FileSystemLoader, "get_source", never)
        assert visitor.get("/sign-in").status_code == 200
        assert visitor.get("/no-such-page").status_code == 404
