"""What our own people read of enrollments names flows that are there."""

import re

from deployments.declared import read_declared
from deployments.environment import PREFECT_YAML
from templates.words_enrollment import NEXT, STEPS

_NAME = re.compile(r"\b[a-z]+(?:-[a-z]+)+\b")


def test_every_flow_that_a_next_step_names_is_deployed() -> None:
    named = {name for phrase in (*NEXT.values(), *STEPS.values()) for name in _NAME.findall(phrase)}
    assert {"prepare-enrollment", "resubmit-enrollment", "pause-journey"} <= named
    assert named - {one.name for one in read_declared(PREFECT_YAML)} == set()
