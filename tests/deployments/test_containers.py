"""Image, compose file and Kubernetes manifests say what is true, although no container is started here."""

import re
import subprocess
import sys
import tomllib
import venv
import zipfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import kubernetes_validate
import pytest
import yaml

from deployments.cli import COMMANDS
from deployments.environment import with_secrets
from deployments.parts import Part
from models.exposure import AUTH_STRING
from models.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE: Final = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
MANIFESTS = sorted((ROOT / "deployments" / "kubernetes").glob("*.yaml"))
KUBERNETES = "1.34"
Object = dict[str, Any]
WORDS = {one.word for one in COMMANDS}
FILES = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} | {AUTH_STRING}


def instructions() -> list[tuple[str, str]]:
    lines = re.sub(r"\\\n", " ", re.sub(r"^\s*#.*\n", "", DOCKERFILE, flags=re.MULTILINE)).splitlines()
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines) if word]


def objects() -> Iterator[tuple[str, Object]]:
    for file in MANIFESTS:
        for one in yaml.safe_load_all(file.read_text(encoding="utf-8")):
            yield f"{file.name}: {one['kind']} {one['metadata']['name']}", one


def pods() -> Iterator[tuple[str, Object]]:
    for name, one in objects():
        spec = one.get("spec", {})
        spec = spec.get("jobTemplate", {}).get("spec", spec)
        if "template" in spec:
            yield name, spec["template"]["spec"]


def asked_parts(arguments: list[str]) -> set[str]:
    return {after for word, after in pairwise(arguments) if word == "--only"}


def test_the_image_copies_only_what_is_there_and_what_its_context_lets_through() -> None:
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = [rest.split()[:-1] for word, rest in instructions() if word == "COPY" and not rest.startswith("--from")]
    sources = {source for sources in copied for source in sources}
    assert sources == allowed
    assert all((ROOT / source).exists() for source in sources)
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert set(wheel["packages"]) < sources


def test_the_image_installs_what_is_locked_with_the_tool_that_the_makefile_names() -> None:
    tool = re.search(r"UV_VERSION := (\S+)", (ROOT / "Makefile").read_text())
    assert tool is not None
    assert f"uv=={tool[1]}" in DOCKERFILE
    syncs = re.findall(r"uv sync .*", DOCKERFILE)
    assert syncs
    assert all("--frozen" in one and "--no-dev" in one for one in syncs)
    bases = {rest.split()[0] for word, rest in instructions() if word == "FROM"}
    assert bases == {"python:3.11-slim-bookworm"}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["requires-python"] == ">=3.11,<3.13"
    assert set(re.findall(r"--extra (\w+)", DOCKERFILE)) <= set(project["optional-dependencies"])


def test_the_image_runs_golive_as_nobody_of_note() -> None:
    last = dict(instructions())
    assert last["USER"] == "10001:10001"
    assert last["ENTRYPOINT"].endswith('"golive"]')
    assert yaml.safe_load(last["CMD"])[0] in WORDS
    assert not re.search(r"MASTER_KEY|PASSWORD|AUTH_STRING", DOCKERFILE)
    variables = set(re.findall(r"GOLIVE_[A-Z_]+", DOCKERFILE))
    assert variables <= FILES


def test_every_service_of_compose_runs_a_command_that_exists_and_waits_for_services_that_exist() -> None:
    services: Object = COMPOSE["services"]
    for name, one in services.items():
        assert set(one.get("depends_on", {})) <= set(services), name
        assert set(one.get("secrets", [])) <= set(COMPOSE["secrets"]), name
        if one["image"] == "golive":
            assert one["command"][0] in WORDS, name
            assert asked_parts(one["command"]) <= set(Part), name
            assert one["read_only"], name
            assert one["cap_drop"] == ["ALL"], name
            assert {key for key in one["environment"] if key.startswith(PREFIX)} <= FILES, name
    alive = {name for name, one in services.items() if one.get("command", [""])[0] == "run"}
    assert all("healthcheck" in services[name] for name in alive | {"postgres", "redis"})


def test_secrets_of_compose_are_files_and_stand_in_no_environment() -> None:
    assert all(set(one) == {"file"} for one in COMPOSE["secrets"].values())
    assert set(COMPOSE["secrets"]) - {"POSTGRES_PASSWORD"} <= FILES
    for one in COMPOSE["services"].values():
        assert not set(one.get("environment", {})) & set(COMPOSE["secrets"])
    published = [port for one in COMPOSE["services"].values() for port in one.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published), "plain HTTP is for the proxy on this machine"


@pytest.mark.parametrize(("name", "manifest"), [pytest.param(*one, id=one[0]) for one in objects()])
def test_every_manifest_is_one_that_kubernetes_knows(name: str, manifest: Object) -> None:
    kubernetes_validate.validate(manifest, KUBERNETES, strict=True)
    assert manifest["kind"] == "Namespace" or manifest["metadata"]["namespace"] == "golive", name


@pytest.mark.parametrize(("name", "pod"), [pytest.param(*one, id=one[0]) for one in pods()])
def test_every_pod_is_without_rights_bounded_and_runs_a_command_that_exists(name: str, pod: Object) -> None:
    assert pod["securityContext"]["runAsNonRoot"], name
    assert pod["securityContext"]["runAsUser"] == 10001, name
    assert pod["automountServiceAccountToken"] is False
    volumes = {one["name"] for one in pod["volumes"]}
    for container in pod["containers"]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert {"requests", "limits"} == set(container["resources"])
        assert container["args"][0] in WORDS
        assert asked_parts(container["args"]) <= set(Part)
        assert {one["name"] for one in container["volumeMounts"]} == volumes
        assert {one["name"] for one in container.get("env", [])} <= FILES


def test_manifests_name_settings_that_exist_and_meet_each_other_by_name() -> None:
    by_kind: dict[str, list[Object]] = {}
    for _, one in objects():
        by_kind.setdefault(one["kind"], []).append(one)
    (settings,), (secrets,) = by_kind["ConfigMap"], by_kind["Secret"]
    assert set(settings["data"]) | set(secrets["stringData"]) <= FILES
    assert not set(settings["data"]) & set(secrets["stringData"])
    parts = {one["spec"]["template"]["metadata"]["labels"]["part"] for one in by_kind["Deployment"]}
    assert parts == set(Part)
    for one in by_kind["Service"]:
        assert one["spec"]["selector"]["part"] in parts
    assert {one["spec"]["selector"]["matchLabels"]["part"] for one in by_kind["PodDisruptionBudget"]} == parts
    assert all(one["spec"]["replicas"] >= 2 for one in by_kind["Deployment"])
    assert any(one["spec"]["podSelector"] == {} and not one["spec"]["ingress"] for one in by_kind["NetworkPolicy"])


def test_secrets_are_read_from_files_and_the_environment_wins(tmp_path: Path) -> None:
    (tmp_path / "GOLIVE_MASTER_KEY").write_text("from-a-file\n")
    (tmp_path / AUTH_STRING).write_text("golive:not-a-real-one-555-0100")
    (tmp_path / "POSTGRES_PASSWORD").write_text("not ours")
    (tmp_path / "..data").mkdir()
    given = {"GOLIVE_SECRETS_FOLDER": str(tmp_path), "GOLIVE_HOST": "127.0.0.1"}
    assert with_secrets(given) == {
        **given,
        "GOLIVE_MASTER_KEY": "from-a-file",
        AUTH_STRING: "golive:not-a-real-one-555-0100",
    }
    assert with_secrets({**given, "GOLIVE_MASTER_KEY": "set"})["GOLIVE_MASTER_KEY"] == "set"
    assert with_secrets({"PATH": "/bin"}) == {"PATH": "/bin"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel as the image does."""
    folder = tmp_path_factory.mktemp("wheel")
    tool = ROOT / ".tools" / "bin" / "uv"
    if not tool.exists():
        pytest.skip("needs the tool that make setup installs")
    subprocess.run([tool, "build", "--quiet", "--wheel", "--offline", "--out-dir", folder], check=True, cwd=ROOT)
    return next(folder.glob("*.whl"))


@pytest.mark.slow
def test_the_wheel_holds_everything_that_is_not_code_too(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as packed:
        held = set(packed.namelist())
    wanted = subprocess.run(
        ["git", "ls-files", "models", "templates", "tasks", "flows", "deployments"],
        check=True, capture_output=True, text=True, cwd=ROOT,
    ).stdout.split()  # fmt: skip
    assert sorted(set(wanted) - held) == []
    assert "deployments/prefect.yaml" in held


@pytest.mark.slow
def test_golive_runs_from_an_installed_wheel(wheel: Path, tmp_path: Path) -> None:
    """The dependencies are those of this environment; the five packages are the wheel's own."""
    venv.create(tmp_path / "venv", symlinks=True)
    (there,) = (tmp_path / "venv").glob("lib/python*/site-packages")
    zipfile.ZipFile(wheel).extractall(there)
    others = next(path for path in sys.path if path.endswith("site-packages"))
    found = f"import sys; sys.path.append({others!r}); "
    run = f"{found}from deployments.cli import main; sys.exit(main())"
    place = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "GOLIVE_HOME": str(tmp_path / "home")}

    def golive(*words: str) -> str:
        command = [str(tmp_path / "venv" / "bin" / "python"), "-c", run, *words]
        done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=tmp_path, env=place)
        return done.stdout

    said = golive("--help")
    assert all(f"  {word}" in said for word in WORDS)
    assert "GOLIVE_MODE" in golive("settings")
    (tmp_path / "home").mkdir()
    golive("migrate", "upgrade")
    assert (tmp_path / "home" / "golive.db").stat().st_size > 0
    ask = f"{found}from deployments.environment import PREFECT_YAML; print(PREFECT_YAML)"
    command = [str(tmp_path / "venv" / "bin" / "python"), "-c", ask]
    listed = subprocess.run(command, check=True, capture_output=True, text=True, cwd=tmp_path, env=place).stdout.strip()
    assert Path(listed) == there / "deployments" / "prefect.yaml"
