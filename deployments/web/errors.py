"""The one way in which a page does not exist."""

from http import HTTPStatus

from starlette.exceptions import HTTPException


class Missing(HTTPException):
    """There is no such page, or not for this caller: both look the same."""

    def __init__(self) -> None:
        super().__init__(HTTPStatus.NOT_FOUND)
