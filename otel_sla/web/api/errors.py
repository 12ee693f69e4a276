"""Errors of the API, and their responses, which all have the same shape."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import NoReturn

from django.http import HttpResponse, JsonResponse

from ..responses import unlogged
from ..unavailable import unavailable

Where = Iterable[str | int]


class Refused(Exception):
    """A request that can't be answered. `where` is the parameter at fault."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self, where: Where, message: str) -> None:
        super().__init__(message)
        self.where = where


class NotThere(Refused):
    """No row has that name."""

    status = HTTPStatus.NOT_FOUND

    def __init__(self, what: str, name: str, parameter: str = "name") -> None:
        super().__init__(("path", parameter), f"There is no {what} {name!r}.")


def refuse(parameter: str, message: str) -> NoReturn:
    """Refuse a query parameter. Raises Refused."""
    raise Refused(("query", parameter), message)


def problem(status: HTTPStatus, message: object, where: Where = ()) -> JsonResponse:
    """Return the response for one error."""
    return problems(status, [(where, str(message))])


def problems(status: HTTPStatus, found: Iterable[tuple[Where, str]]) -> JsonResponse:
    """Return the response for several errors."""
    detail = [{"loc": list(where), "msg": message} for where, message in found]
    return JsonResponse({"detail": detail}, status=status)


def no_database(error: Exception) -> HttpResponse:
    """Return the response while the database can't be read, and log the error."""
    return unlogged(problem(HTTPStatus.SERVICE_UNAVAILABLE, unavailable(error)))
