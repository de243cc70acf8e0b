"""The environment in which the Prefect server, its runner and every flow run live: one dictionary."""

import secrets
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from models.exposure import AUTH_STRING
from models.settings import Settings

LOOPBACK = "127.0.0.1"
_CHECKOUT, _INSTALLED = (Path(__file__).resolve().parents[up] / "prefect.yaml" for up in (1, 0))
PREFECT_YAML = _CHECKOUT if _CHECKOUT.is_file() else _INSTALLED
RETENTION = "P30D"  # of runs and events, ISO 8601

# The reading services take one event at a time unless told otherwise; in batches a task run costs a quarter.
_BATCHES = {
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "100",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_READ_BATCH_SIZE": "100",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_BATCH_SIZE": "100",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_FLUSH_INTERVAL": "1",
    "PREFECT_SERVER_SERVICES_TRIGGERS_READ_BATCH_SIZE": "100",
}
QUIET = {
    "DO_NOT_TRACK": "1",
    "PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED": "false",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    "PREFECT_SERVER_UI_V2_ENABLED": "false",  # the other one calls a third party each time it is opened
    "PREFECT_TELEMETRY_ENABLE_RESOURCE_METRICS": "false",
}
_RUNS = {
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",  # a persisted result is a readable copy of what a task returned
    "PREFECT_RUNNER_POLL_FREQUENCY": "2",
    "PREFECT_TASKS_DEFAULT_NO_CACHE": "true",
    "PREFECT_WORKER_WEBSERVER_HOST": LOOPBACK,
}
_SERVER = {
    "PREFECT_SERVER_API_CSRF_PROTECTION_ENABLED": "true",
    # Leases in memory die with the server and block their deployment for ever.
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
    "PREFECT_SERVER_EPHEMERAL_ENABLED": "false",
    "PREFECT_SERVER_EVENTS_RETENTION_PERIOD": RETENTION,
    "PREFECT_SERVER_REGISTER_BLOCKS_ON_START": "false",  # we use none, and writing the kinds of them costs a second
    "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs,orphans",
    "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": RETENTION,
}


def prefect_environment(chosen: Settings, inherited: Mapping[str, str] = MappingProxyType({})) -> dict[str, str]:
    """Give the variables of everything that belongs to Prefect.

    Its password is the inherited one; outside local mode one is made where none is given.
    """
    return {
        **_BATCHES,
        **QUIET,
        **_RUNS,
        **_SERVER,
        **_places(chosen),
        **_memory(chosen),
        **_shared(chosen),
        **_log_lines(chosen),
        **_traces(chosen),
        **_password(chosen, inherited),
    }


def child_environment(chosen: Settings, inherited: Mapping[str, str]) -> dict[str, str]:
    """Give the whole environment of a child: ours and what it inherits, but no stray PREFECT_ variable."""
    kept = {name: value for name, value in inherited.items() if not name.startswith("PREFECT_")}
    return {**kept, "PYTHONUNBUFFERED": "1", **prefect_environment(chosen, inherited)}


def with_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """Give an environment with what the files of GOLIVE_SECRETS_FOLDER hold, each named like a variable of golive.

    Other files there are left alone, and a variable that is set wins.
    """
    folder = environment.get("GOLIVE_SECRETS_FOLDER", "")
    files = sorted(Path(folder).iterdir()) if folder and Path(folder).is_dir() else []
    ours = [file for file in files if file.name.startswith("GOLIVE_") or file.name == AUTH_STRING]
    secret = {file.name: file.read_text(encoding="utf-8").strip() for file in ours if file.is_file()}
    return {**secret, **{name: value for name, value in environment.items() if value or name not in secret}}


def prefect_address(chosen: Settings) -> str:
    """Give the address of the Prefect pages: this machine's own, unless Prefect runs elsewhere."""
    return chosen.prefect_address or f"http://{LOOPBACK}:{chosen.prefect_port}"


def server_ports(chosen: Settings) -> range:
    """Give the port of each Prefect server of this machine."""
    return range(chosen.prefect_port, chosen.prefect_port + chosen.prefect_servers)


def _places(chosen: Settings) -> dict[str, str]:
    address = prefect_address(chosen)
    return {
        "PREFECT_HOME": str(chosen.prefect_home),
        "PREFECT_API_URL": f"{address}/api",
        "PREFECT_LOGGING_CONFIG_PATH": str(Path(__file__).with_name("logging.yml")),
        "PREFECT_PROFILES_PATH": str(chosen.prefect_home / "profiles.toml"),
        "PREFECT_SERVER_API_CORS_ALLOWED_ORIGINS": f"{address},http://localhost:{chosen.prefect_port}",
        "PREFECT_SERVER_API_HOST": chosen.prefect_host,
        "PREFECT_SERVER_API_PORT": str(chosen.prefect_port),
        "PREFECT_SERVER_UI_API_URL": f"{address}/api",
    }


def _memory(chosen: Settings) -> dict[str, str]:
    """Name Prefect's database where it is not the file in its home."""
    url = chosen.prefect_database_url
    return {"PREFECT_SERVER_DATABASE_CONNECTION_URL": url} if url else {}


def _shared(chosen: Settings) -> dict[str, str]:
    """Let several servers share what one keeps in its memory and its home: messages, leases, who does which chore."""
    if not chosen.redis_url:
        return {}
    return {
        "PREFECT_SERVER_EVENTS_MESSAGING_BROKER": "prefect_redis.messaging",
        "PREFECT_SERVER_EVENTS_MESSAGING_CACHE": "prefect_redis.messaging",
        "PREFECT_SERVER_EVENTS_CAUSAL_ORDERING": "prefect_redis.ordering",
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect_redis.lease_storage",
        "PREFECT_SERVER_DOCKET_URL": chosen.redis_url,
        "PREFECT_REDIS_MESSAGING_URL": chosen.redis_url,
    }


def _log_lines(chosen: Settings) -> dict[str, str]:
    """Name the console's formatter in logging.yml where it is not the one that stands there."""
    return {"PREFECT_LOGGING_HANDLERS_CONSOLE_FORMATTER": "json"} if chosen.log_format == "json" else {}


def _traces(chosen: Settings) -> dict[str, str]:
    """Let OpenTelemetry ask `deployments.tracing` for its provider; without a collector Prefect makes no spans."""
    if not chosen.traces_endpoint:
        return {"PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false"}
    return {"PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "true", "OTEL_PYTHON_TRACER_PROVIDER": "golive"}


def _password(chosen: Settings, inherited: Mapping[str, str]) -> dict[str, str]:
    password = inherited.get(AUTH_STRING, "")
    if not password and chosen.mode != "local":  # local: reachable from this machine only, the browser opens at once
        password = _password_of(chosen.prefect_home / "password")
    return {AUTH_STRING: password, "PREFECT_API_AUTH_STRING": password} if password else {}


def _password_of(file: Path) -> str:
    if not file.is_file():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(f"golive:{secrets.token_urlsafe(32)}", encoding="ascii")
    return file.read_text(encoding="ascii")
