"""The folder of files from payers: what waits in its inbox, and where each goes; names in it may hold anything.

So a file is known by its inode here, and by its hash wherever it is shown; names stay in the folder.
"""

import fcntl
import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Final

QUIET_SECONDS: Final = 60
"""A file that was changed later than this may still be written."""
_ENDINGS: Final = frozenset({".835", ".277", ".999", ".edi", ".era", ".x12"})
_UNFINISHED: Final = (".part", ".tmp", ".filepart", ".crdownload")
_REASON: Final = ".reason.txt"
_BLOCK: Final = 1 << 20


class Odd(StrEnum):
    """What in the inbox can never be read."""

    FOLDER = "folder"
    LINK = "link"
    NO_FILE = "no_file"
    TOO_LARGE = "too_large"
    NOT_READABLE = "not_readable"


SENTENCES: Final[Mapping[Odd, str]] = {
    Odd.FOLDER: "This is a folder. Put the files themselves into the inbox.",
    Odd.LINK: "This is a link to something elsewhere. Put the file itself into the inbox.",
    Odd.NO_FILE: "This is no plain file. Put the payer's original file into the inbox.",
    Odd.TOO_LARGE: "The file is larger than may be read. Ask the sender to split it.",
    Odd.NOT_READABLE: "golive may not read this file. Change its permissions and put it into the inbox again.",
}
"""What is wrong and what to do; nothing of the file."""


class PayerFolderError(Exception):
    """The folder itself cannot be used; the sentence says what to do and names no file in it."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing in the inbox; the name is for the file system only."""

    inode: int
    name: str = field(repr=False)
    odd: Odd | None = None
    is_quiet: bool = True


class PayerFolder:
    """The inbox, and beside it the folders for what was read and what was refused."""

    def __init__(self, folder: Path, *, largest: int, quiet_seconds: int = QUIET_SECONDS) -> None:
        """Take the folder and make what is missing; `largest` is in bytes.

        Raises:
            PayerFolderError: it cannot be made or written to.
        """
        self._inbox, self._done, self._refused = (folder / name for name in ("inbox", "done", "refused"))
        self._largest = largest
        self._quiet_seconds = quiet_seconds
        is_usable = False
        with suppress(OSError):
            for place in (self._inbox, self._done, self._refused):
                place.mkdir(mode=0o700, parents=True, exist_ok=True)
            places = (self._inbox, self._done, self._refused)
            is_usable = all(os.access(place, os.R_OK | os.W_OK | os.X_OK) for place in places)
        if not is_usable:
            sentence = "The folder payer-files, or a folder in it, cannot be written to. Give golive the right to."
            raise PayerFolderError(sentence)

    def waiting(self) -> list[Waiting]:
        """List what is in the inbox, what came first first; hidden names are left out."""
        now = self._now()
        found = []
        with os.scandir(self._inbox) as entries:
            for entry in entries:
                with suppress(FileNotFoundError):
                    known = entry.stat(follow_symlinks=False)
                    if not entry.name.startswith("."):
                        found.append((known.st_mtime, self._judged(entry.name, known, now)))
        return [one for _, one in sorted(found, key=lambda each: (each[0], each[1].inode))]

    def _judged(self, name: str, known: os.stat_result, now: float) -> Waiting:
        odd = next((odd for odd, is_so in _KINDS.items() if is_so(known.st_mode)), None)
        if odd is None and not stat.S_ISREG(known.st_mode):
            odd = Odd.NO_FILE
        if odd is None and known.st_size > self._largest:
            odd = Odd.TOO_LARGE
        is_quiet = abs(now - known.st_mtime) >= self._quiet_seconds and not name.lower().endswith(_UNFINISHED)
        return Waiting(known.st_ino, name, odd, is_quiet)

    def _now(self) -> float:
        """Ask the folder's own clock, which is the one that dates its files."""
        with tempfile.NamedTemporaryFile(dir=self._done, prefix=".clock-") as probe:
            return os.fstat(probe.fileno()).st_mtime

    @contextmanager
    def opened(self, waiting: Waiting) -> Iterator[BinaryIO | Odd | None]:
        """Open one file for this process alone; gives none when another one has it or had it, or why it cannot be."""
        path = self._inbox / waiting.name
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            yield None
            return
        except OSError:
            yield Odd.NOT_READABLE
            return
        with os.fdopen(descriptor, "rb") as stream:
            yield stream if _is_mine(stream, path, waiting) else None

    def done(self, waiting: Waiting, sha256: str) -> None:
        """Move a file that was read; it may have been moved already."""
        self._move(waiting, self._done / _named(sha256[:16], waiting))

    def outlived(self, before: datetime) -> list[Path]:
        """List files that were read or refused and are older than a moment."""
        files = [file for place in (self._done, self._refused) for file in place.iterdir() if file.is_file()]
        return sorted(file for file in files if file.lstat().st_mtime < before.timestamp())

    def refuse(self, waiting: Waiting, sentence: str, *, sha256: str = "") -> None:
        """Move what was refused, with the reason in a file beside it, which is there first."""
        mark = sha256[:16] or f"{waiting.inode:016x}"
        draft = self._refused / f".{mark}{_REASON}"
        draft.write_text(f"{sentence}\n", encoding="utf-8")
        draft.replace(self._refused / (_named(mark, waiting) + _REASON))
        self._move(waiting, self._refused / _named(mark, waiting))

    def _move(self, waiting: Waiting, target: Path) -> None:
        with suppress(FileNotFoundError):
            (self._inbox / waiting.name).rename(target)


def _is_mine(stream: BinaryIO, path: Path, waiting: Waiting) -> bool:
    """Lock the file, and see whether it is still the one in the inbox."""
    try:
        fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        inode = path.lstat().st_ino
    except OSError:
        return False
    return inode == waiting.inode == os.fstat(stream.fileno()).st_ino


def _named(mark: str, waiting: Waiting) -> str:
    """Name a file by its mark and its number on the disk: what a sender called it may name a patient (E-34)."""
    ending = Path(waiting.name).suffix.lower()
    return f"{mark}-{waiting.inode:x}{ending if ending in _ENDINGS else ''}"


_KINDS: Final = {Odd.FOLDER: stat.S_ISDIR, Odd.LINK: stat.S_ISLNK}


def hash_of(stream: BinaryIO) -> tuple[str, int]:
    """Give the SHA-256 of a whole file in hexadecimal, and its size; the stream is at its begin again."""
    digest, size = hashlib.sha256(), 0
    stream.seek(0)
    while block := stream.read(_BLOCK):
        digest.update(block)
        size += len(block)
    stream.seek(0)
    return digest.hexdigest(), size
