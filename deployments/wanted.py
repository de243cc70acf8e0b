"""What each deployment should be on the server; worked out from its flow once, and kept until the code changes."""

import hashlib
import json
import os
import platform
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from prefect.utilities.callables import parameter_schema

from deployments.declared import Declared, read_declared
from deployments.environment import PREFECT_YAML

KEPT: Final = Path(sys.prefix) / "golive-forms.json"
_ROOT: Final = Path(__file__).resolve().parents[1]
_CODE: Final = tuple(_ROOT / package for package in ("flows", "tasks", "models", "templates"))
_OURS: Final = "flows."
_READERS: Final = ("prefect", "pydantic")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A deployment as it should stand on the server; making one needs no server, so it is done while that boots."""

    declared: Declared
    flow: str
    description: str
    form: dict[str, Any]
    version: str


def want(declared: Declared) -> Wanted:
    """Import the flow and work out its form; the version tells whether anything of it has changed.

    Raises:
        DeclarationError: when the entrypoint is not a flow.
    """
    flow = declared.flow()
    description = declared.description or flow.description or ""
    form = parameter_schema(flow).model_dump(exclude_unset=True)
    everything = json.dumps([declared.model_dump(), flow.name, description, form], sort_keys=True, default=str)
    return Wanted(declared, flow.name, description, form, _digest([everything.encode()])[:16])


def all_wanted(listed: Path = PREFECT_YAML, kept: Path = KEPT) -> list[Wanted]:
    """Give what a list asks for, without importing any flow while the code is that of the last time.

    Importing all flows takes five seconds of a processor; whatever file of them changes, they are imported again.

    Raises:
        DeclarationError: when the list or one of its entrypoints is wrong.
    """
    declared = read_declared(listed)
    code = code_digest()
    known = _read(kept, code)
    found = [_known(one, known) or want(one) for one in declared]
    if listed == PREFECT_YAML and any(_key(one) not in known for one in declared):
        _keep(kept, code, found)
    return found


def code_digest(folders: Iterable[Path] = _CODE) -> str:
    """Give what changes with any file of the flows and what they import, and with what reads their signatures."""
    files = sorted(file for folder in folders for file in folder.rglob("*") if "__pycache__" not in file.parts)
    readers = [platform.python_version(), *(version(one) for one in _READERS)]
    named = (part for file in files if file.is_file() for part in (str(file).encode(), file.read_bytes()))
    return _digest([*(one.encode() for one in readers), *named])


def _digest(parts: Iterable[bytes]) -> str:
    whole = hashlib.sha256()
    for part in parts:
        whole.update(len(part).to_bytes(8, "big") + part)
    return whole.hexdigest()


def _key(declared: Declared) -> str:
    return _digest([declared.model_dump_json().encode()])


def _known(declared: Declared, known: Mapping[str, Mapping[str, Any]]) -> Wanted | None:
    found = known.get(_key(declared)) if declared.entrypoint.startswith(_OURS) else None
    return Wanted(declared, **found) if found is not None else None


def _read(kept: Path, code: str) -> dict[str, dict[str, Any]]:
    """Read what was kept for this code; nothing where it was another or cannot be read."""
    try:
        content = json.loads(kept.read_text(encoding="utf-8"))
        return dict(content["wanted"]) if content["code"] == code else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _keep(kept: Path, code: str, found: Iterable[Wanted]) -> None:
    """Keep it for the next start; an installation that is read-only works it out each time."""
    wanted = {_key(one.declared): _as_kept(one) for one in found}
    written = kept.with_suffix(f".{os.getpid()}")
    with suppress(OSError):
        written.write_text(json.dumps({"code": code, "wanted": wanted}), encoding="utf-8")
        written.replace(kept)


def _as_kept(one: Wanted) -> dict[str, Any]:
    return {"flow": one.flow, "description": one.description, "form": one.form, "version": one.version}
