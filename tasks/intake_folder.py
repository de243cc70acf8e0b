"""Files that people put into the intake folder: read from there, and from nowhere else."""

from contextlib import suppress
from pathlib import Path

from models.settings import settings


class IntakeFolderError(Exception):
    """A file is not there or is no text; the sentence says what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def find_intake(file: str) -> Path:
    """Give the path of a file of the intake folder.

    Raises:
        IntakeFolderError: it is not there.
    """
    folder = settings().intake_folder
    path = folder / file
    if Path(file).name != file or not path.is_file():
        there = ", ".join(sorted(one.name for one in folder.glob("*") if one.is_file())) or "none yet"
        sentence = f"There is no file {Path(file).name} in the intake folder; files there: {there}."
        raise IntakeFolderError(sentence)
    return path


def read_intake(file: str) -> str:
    """Read a file of the intake folder as text.

    Raises:
        IntakeFolderError: it is not there, or not UTF-8.
    """
    path = find_intake(file)
    with suppress(UnicodeDecodeError):
        return path.read_text(encoding="utf-8-sig")
    sentence = f"{file} is not UTF-8 text; save it as UTF-8."
    raise IntakeFolderError(sentence)
