"""Sheets of paper: words, charts and tables set on pages, and single pages joined into one document."""

import re
from collections.abc import Sequence
from typing import Final

_REFERENCE: Final = re.compile(rb"(\d+) 0 R\b")
_OBJECT: Final = re.compile(rb"(\d+) 0 obj\s")
_STREAM: Final = re.compile(rb"\bstream\r?\n")
_ENTRY: Final = re.compile(rb"(\d{10}) (\d{5}) ([nf])")


class UnreadablePageError(ValueError):
    """A page is not written as our converter writes pages; nothing was joined."""

    def __init__(self) -> None:
        super().__init__(
            "A page of the document has an unknown form; the converter may have changed its way of writing."
        )


def joined(pages: Sequence[bytes]) -> bytes:
    """Join documents of one page each, as our converter writes them, into one in their order.

    Raises:
        UnreadablePageError: a page is written in another way.
    """
    objects: list[bytes] = []
    kids: list[int] = []
    for page in pages:
        found = _objects(page)
        own = {number: body for number, body in found.items() if not _is(body, b"(Catalog|Pages)")}
        numbers = {number: len(objects) + 3 + place for place, number in enumerate(own)}
        kids += [numbers[number] for number, body in own.items() if _is(body, b"Page")]
        numbers |= dict.fromkeys(found.keys() - own.keys(), 2)
        objects += [_renumbered(body, numbers) for body in own.values()]
    if len(kids) != len(pages):
        raise UnreadablePageError
    listed = b" ".join(b"%d 0 R" % kid for kid in kids)
    tree = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), listed)
    return _written([b"<< /Type /Catalog /Pages 2 0 R /Lang (en-US) >>", tree, *objects])


def _objects(page: bytes) -> dict[int, bytes]:
    """Take a document apart along its table of objects."""
    begins = _begins(page)
    ends = sorted([*begins, page.rindex(b"\nxref") + 1])
    found = {}
    for begin in begins:
        head = _OBJECT.match(page, begin)
        body = page[begin : ends[ends.index(begin) + 1]].rstrip()
        if head is None or not body.endswith(b"endobj"):
            raise UnreadablePageError
        found[int(head[1])] = body[head.end() - begin : -len(b"endobj")].rstrip()
    return found


def _begins(page: bytes) -> list[int]:
    table = page.rfind(b"\nxref")
    end = page.rfind(b"trailer")
    if table < 0 or end < table:
        raise UnreadablePageError
    return sorted(int(one[1]) for one in _ENTRY.finditer(page, table, end) if one[3] == b"n")


def _is(body: bytes, kind: bytes) -> bool:
    """Say whether an object is of a kind; what stands in a stream is no object."""
    head = _STREAM.split(body, maxsplit=1)[0]
    return re.search(rb"/Type\s*/" + kind + rb"\b", head) is not None and not head.startswith(b"[")


def _renumbered(body: bytes, numbers: dict[int, int]) -> bytes:
    begin = _STREAM.search(body)
    end = begin.start() if begin else len(body)
    head = _REFERENCE.sub(lambda found: b"%d 0 R" % numbers[int(found[1])], body[:end])
    return head + body[end:]


def _written(objects: Sequence[bytes]) -> bytes:
    parts = [b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"]
    places, place = [], len(parts[0])
    for number, body in enumerate(objects, 1):
        parts.append(b"%d 0 obj\n%s\nendobj\n" % (number, body))
        places.append(place)
        place += len(parts[-1])
    entries = b"".join(b"%010d 00000 n \n" % one for one in places)
    size = len(objects) + 1
    parts.append(b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, entries))
    parts.append(b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, place))
    return b"".join(parts)
