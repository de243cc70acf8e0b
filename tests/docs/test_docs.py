"""The documents keep in step with the code that they describe."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from deployments.show_settings import describe_settings

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PAGES = (README, ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md")))
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`]+)`")
SHOWN = re.compile(r"images/([\w-]+\.png)\)")
MOST_BYTES = 4_000_000
OF_A_MACHINE = re.compile(r"(?<![\w.~-])/(?:home|root|Users|tmp|work|opt|mnt)/|\b[A-Z]:\\")


def titled(page: Path) -> object:
    return pytest.param(page, id=str(page.relative_to(ROOT)))


def rows(page: Path, heading: str) -> Iterator[list[str]]:
    """Give the cells of the tables below a heading, without their head lines."""
    below = page.read_text().split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    for line in below.splitlines():
        if line.startswith("| ") and not line.startswith(("| setting ", "| group ", "| dependency ", "| word ")):
            yield [cell.strip() for cell in line.strip("|").split(" | ")]


def first_codes(page: Path, heading: str) -> list[str]:
    return [CODE.findall(cells[0])[0] for cells in rows(page, heading)]


@pytest.mark.parametrize("page", [titled(page) for page in PAGES])
def test_every_link_between_documents_leads_somewhere(page: Path) -> None:
    links = [link for link in LINK.findall(page.read_text()) if "://" not in link]
    missing = [link for link in links if not (page.parent / link.partition("#")[0]).exists()]
    assert missing == []


@pytest.mark.parametrize("page", [titled(page) for page in PAGES])
def test_every_link_into_a_document_names_one_of_its_headings(page: Path) -> None:
    inside = [link.partition("#") for link in LINK.findall(page.read_text()) if "#" in link and "://" not in link]
    missing = [f"{path}#{anchor}" for path, _, anchor in inside if anchor not in anchors(page.parent / path, page)]
    assert missing == []


def anchors(target: Path, page: Path) -> set[str]:
    text = (target if target.is_file() else page).read_text()
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", [titled(page) for page in PAGES])
def test_no_document_names_a_folder_of_one_machine(page: Path) -> None:
    assert [line for line in page.read_text().splitlines() if OF_A_MACHINE.search(line)] == []


def test_the_readme_shows_the_running_thing() -> None:
    pictures = re.findall(r"!\[[^\]]+\]\((docs/images/[^)]+\.png)\)", README.read_text())
    assert "docs/images/practice-journey-desk.png" in pictures
    assert "docs/images/feedback-stars-phone.png" in pictures
    assert all((ROOT / picture).read_bytes().startswith(b"\x89PNG") for picture in pictures)


def test_the_readme_lists_every_setting_as_it_is() -> None:
    wanted = [[f"`{row.name}`", f"`{row.default}`" if row.default else "", row.meaning] for row in describe_settings()]
    assert list(rows(README, "Settings")) == wanted


def test_the_readme_names_every_deployment_once() -> None:
    deployed = [one["name"] for one in yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]]
    named = [name for cells in rows(README, "Flows: who starts them, and when") for name in CODE.findall(cells[1])]
    assert sorted(named) == sorted(deployed)


def test_every_make_target_of_the_readme_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    told = {word for page in PAGES for word in re.findall(r"`?\bmake ([a-z]+)(?=`|  )", page.read_text())}
    assert {"run", "test"} <= told <= targets


def test_every_dependency_has_its_reason_in_the_order_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    page = ROOT / "docs" / "dependencies.md"
    assert first_codes(page, "To run") == [bare(one) for one in project["project"]["dependencies"]]
    assert first_codes(page, "To develop") == [bare(one) for one in project["dependency-groups"]["dev"]]
    reasons = [cells[1] for part in ("To run", "To develop") for cells in rows(page, part)]
    assert all(reasons)


def bare(requirement: str) -> str:
    return re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0]


def glossary() -> Iterator[object]:
    page = ROOT / "docs" / "glossary.md"
    for heading in re.findall(r"^## (.+)$", page.read_text(), re.MULTILINE):
        for word, _, names in rows(page, heading):
            yield pytest.param(CODE.findall(names), id=word)


@pytest.mark.parametrize("names", list(glossary()))
def test_every_word_of_the_glossary_is_in_the_code(names: list[str]) -> None:
    assert names
    assert [name for name in names if not exists(name)] == []


def exists(name: str) -> bool:
    """Find `package.module.Thing`, `....Class.member` or `....THINGS["key"]` without importing anything."""
    path, _, key = name.removesuffix('"]').partition('["')
    parts = path.split(".")
    for length in range(len(parts) - 1, 0, -1):
        file = ROOT.joinpath(*parts[:length]).with_suffix(".py")
        if file.is_file():
            module = ast.parse(file.read_text())
            return is_defined(module, parts[length:]) and (not key or key in texts(module))
    return False


def is_defined(where: ast.Module | ast.ClassDef, path: list[str]) -> bool:
    if not path:
        return True
    for node in where.body:
        if isinstance(node, ast.ClassDef) and node.name == path[0]:
            return is_defined(node, path[1:])
        if path[0] in defined_by(node):
            return len(path) == 1
    return False


def defined_by(node: ast.stmt) -> set[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return {name}
        case ast.Assign(targets=targets):
            return {target.id for target in targets if isinstance(target, ast.Name)}
        case ast.AnnAssign(target=ast.Name(id=name)):
            return {name}
    return set()


def texts(module: ast.Module) -> set[object]:
    return {node.value for node in ast.walk(module) if isinstance(node, ast.Constant)}


def test_every_picture_is_shown_and_every_picture_that_is_shown_is_there() -> None:
    shown = {name for page in [README, *(ROOT / "docs").glob("*.md")] for name in SHOWN.findall(page.read_text())}
    kept = {one.name for one in (ROOT / "docs" / "images").glob("*.png")}
    assert (kept - shown, shown - kept) == (set(), set())
    assert sum((ROOT / "docs" / "images" / name).stat().st_size for name in kept) < MOST_BYTES
