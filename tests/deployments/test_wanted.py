"""What a deployment should be is worked out once, and anew as soon as the list or a file of the code changes."""

from pathlib import Path

import pytest

import deployments.wanted
from deployments.declared import DeclarationError, Declared
from deployments.environment import PREFECT_YAML
from deployments.wanted import all_wanted, code_digest

FEW = {"decline-request", "withdraw-request"}


@pytest.fixture
def listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Lay out a list of two deployments in the place of prefect.yaml."""
    head, *parts = PREFECT_YAML.read_text(encoding="utf-8").split("\n  - name: ")
    few = [part for part in parts if part.split("\n", 1)[0] in FEW]
    file = tmp_path / "prefect.yaml"
    file.write_text("\n  - name: ".join([head, *few]), encoding="utf-8")
    monkeypatch.setattr(deployments.wanted, "PREFECT_YAML", file)
    return file


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "forms.json"


@pytest.fixture
def imported(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note which flows are imported."""
    names: list[str] = []
    flow = Declared.flow

    def noted(declared: Declared) -> object:
        names.append(declared.name)
        return flow(declared)

    monkeypatch.setattr(Declared, "flow", noted)
    return names


def test_while_nothing_changes_no_flow_is_imported_and_the_forms_are_the_same(
    listed: Path, kept: Path, imported: list[str]
) -> None:
    first = all_wanted(listed, kept)
    assert set(imported) == FEW
    imported.clear()
    assert all_wanted(listed, kept) == first
    assert imported == []
    assert first[0].form["properties"]["appointment"]["type"] == "integer"


def test_a_changed_line_is_worked_out_anew_and_the_others_are_not(
    listed: Path, kept: Path, imported: list[str]
) -> None:
    before = {one.declared.name: one.version for one in all_wanted(listed, kept)}
    imported.clear()
    text = listed.read_text(encoding="utf-8")
    changed = text.replace("decline_request\n    tags: [", "decline_request\n    tags: [evening, ")
    assert changed != text
    listed.write_text(changed, encoding="utf-8")
    after = {one.declared.name: one.version for one in all_wanted(listed, kept)}
    assert imported == ["decline-request"]
    assert {name for name in FEW if before[name] != after[name]} == {"decline-request"}
    imported.clear()
    assert {one.declared.name: one.version for one in all_wanted(listed, kept)} == after
    assert imported == []


def test_changed_code_is_imported_anew_and_so_is_what_was_kept_in_pieces(
    listed: Path, kept: Path, imported: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = all_wanted(listed, kept)
    for spoil in (lambda: kept.write_text("{"), lambda: kept.write_text("[]"), kept.unlink):
        imported.clear()
        spoil()
        assert all_wanted(listed, kept) == first
        assert set(imported) == FEW
    imported.clear()
    monkeypatch.setattr(deployments.wanted, "code_digest", lambda: "another")
    assert all_wanted(listed, kept) == first
    assert set(imported) == FEW


def test_every_file_of_the_code_changes_the_digest_and_what_is_compiled_does_not(tmp_path: Path) -> None:
    code = tmp_path / "flows"
    (code / "__pycache__").mkdir(parents=True)
    (code / "one.py").write_text("A = 1\n")
    seen = [code_digest([code])]
    (code / "__pycache__" / "one.pyc").write_text("compiled")
    assert code_digest([code]) == seen[0]
    (code / "one.py").write_text("A = 2\n")
    seen.append(code_digest([code]))
    (code / "one.py").rename(code / "two.py")
    seen.append(code_digest([code]))
    (code / "lists.csv").write_text("payer\n")
    seen.append(code_digest([code]))
    assert len(set(seen)) == len(seen)


def test_an_installation_that_is_read_only_works_it_out_each_time(
    listed: Path, tmp_path: Path, imported: list[str]
) -> None:
    nowhere = tmp_path / "missing" / "forms.json"
    assert all_wanted(listed, nowhere) == all_wanted(listed, nowhere)
    assert len(imported) == 2 * len(FEW)


def test_another_list_keeps_nothing_and_a_wrong_one_is_refused(listed: Path, kept: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(listed.read_text(encoding="utf-8"), encoding="utf-8")
    assert len(all_wanted(other, kept)) == len(FEW)
    assert not kept.exists()
    other.write_text("name: sample\ndeployments: []\n", encoding="utf-8")
    with pytest.raises(DeclarationError, match=r"other.yaml > deployments"):
        all_wanted(other, kept)
