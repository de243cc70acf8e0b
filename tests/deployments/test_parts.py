"""One machine starts everything; several share the parts among them, and nobody deploys or reaps twice."""

from pathlib import Path

import pytest

from deployments.environment import prefect_address, prefect_environment, server_ports
from deployments.parts import Part, Worker, parts_of, server_command, worker_command
from models.settings import Settings
from tests.deployments.conftest import chosen_settings

LISTED = Path("prefect.yaml")


def words(chosen: Settings, *only: Part) -> str:
    return " ".join(worker_command(chosen, Worker(1, chosen.home), LISTED, parts_of(chosen, only)))


def test_one_machine_starts_everything_and_its_first_worker_deploys(chosen: Settings) -> None:
    assert parts_of(chosen, []) == frozenset(Part)
    assert words(chosen).endswith("--number 1 --of 1")


def test_where_prefect_runs_elsewhere_no_server_is_started_and_nothing_deployed(tmp_path: Path) -> None:
    chosen = chosen_settings(tmp_path, prefect_address="http://127.0.0.1:4200/")
    assert parts_of(chosen, []) == {Part.WEB, Part.WORKERS}
    assert words(chosen).endswith("--joins")
    assert prefect_address(chosen) == "http://127.0.0.1:4200"
    assert prefect_environment(chosen)["PREFECT_API_URL"] == "http://127.0.0.1:4200/api"


def test_a_part_that_is_asked_for_is_started_alone(chosen: Settings) -> None:
    assert parts_of(chosen, [Part.WORKERS]) == {Part.WORKERS}
    assert words(chosen, Part.WORKERS).endswith("--joins")


@pytest.mark.parametrize("others", [{"redis_url": "redis://127.0.0.1/0"}, {"prefect_host": "10.0.0.7"}])
def test_a_worker_whose_server_others_reach_takes_no_run_for_an_orphan(
    tmp_path: Path, others: dict[str, object]
) -> None:
    assert "--of 2" in words(chosen_settings(tmp_path, **others))


def test_servers_beside_each_other_have_ports_beside_each_other_and_share_a_redis(tmp_path: Path) -> None:
    chosen = chosen_settings(tmp_path, prefect_port=4300, prefect_servers=2, redis_url="redis://127.0.0.1:6379/0")
    assert list(server_ports(chosen)) == [4300, 4301]
    assert "--port 4301" in " ".join(server_command(chosen, 4301))
    environment = prefect_environment(chosen)
    assert environment["PREFECT_SERVER_DOCKET_URL"] == environment["PREFECT_REDIS_MESSAGING_URL"] == chosen.redis_url
    assert environment["PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE"] == "prefect_redis.lease_storage"


def test_the_logs_and_marks_of_workers_carry_their_numbers(tmp_path: Path) -> None:
    assert [Worker(number, tmp_path).ready.name for number in (1, 2)] == ["runner.ready", "runner-2.ready"]
