"""What the API answers when it can't answer: one shape, whatever is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import NoReturn

from django.http import JsonResponse

Where = Iterable[str | int]


class NotThere(Exception):
    """Nothing goes by that name."""

    def __init__(self, what: str, name: str) -> None:
        super().__init__(f"no {what} {name!r}")


class Refused(Exception):
    """A request that makes no sense; `where` is the parameter at fault."""

    def __init__(self, where: Where, message: str) -> None:
        super().__init__(message)
        self.where = where


def refuse(parameter: str, message: str) -> NoReturn:
    """Say what is wrong with a query parameter. Raises Refused."""
    raise Refused(("query", parameter), message)


def problem(status: HTTPStatus, message: object, where: Where = ()) -> JsonResponse:
    """Return the response for the one thing that is wrong."""
    return problems(status, [(where, str(message))])


def problems(status: HTTPStatus, found: Iterable[tuple[Where, str]]) -> JsonResponse:
    """Return the response for all that is wrong."""
    detail = [{"loc": list(where), "msg": message} for where, message in found]
    return JsonResponse({"detail": detail}, status=status)
