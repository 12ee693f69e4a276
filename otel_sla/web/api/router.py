"""All endpoints: finding the one for a path, their OpenAPI file, their errors."""

import json
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any

import pydantic
from django.conf import settings
from django.db import Error as DatabaseFailure
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.urls.resolvers import RoutePattern, URLResolver
from ninja import NinjaAPI
from ninja.errors import ValidationError
from ninja.operation import Operation
from ninja.responses import NinjaJSONEncoder

from ...bridge.no_rows import NoRows
from ...text import one_line
from ..component_list import Unusable
from . import calendars, components, exclusions, reports, schedules
from .errors import Refused, no_database, problem, problems

ROOT = "/api/v1"
DOCUMENT = "openapi.json"

_DESCRIPTION = """\
When service windows of components last started and ended, when they next start and
end, and whether they are open. Read-only. Moments are in UTC, `[start, end)`.
"""


class _Api(NinjaAPI):
    def get_openapi_operation_id(self, operation: Operation) -> str:
        return operation.view_func.__name__


ninja = _Api(
    title="otel_sla",
    version="1",
    description=_DESCRIPTION,
    openapi_url=None,
    docs_url=None,
)
for kind in (components, schedules, calendars, reports, exclusions):
    ninja.add_router("", kind.router)


def find(endpoint: str) -> Callable[[HttpRequest], HttpResponse]:
    """Return the view of the path after the API's root. Raises Http404."""
    found = _resolver.resolve(endpoint)
    return partial(found.func, **found.kwargs)


def document(root: str = ROOT) -> dict[str, Any]:
    """Return the OpenAPI file of an API mounted at the given root."""
    # Through JSON, because ninja returns objects that it shares.
    written = json.dumps(ninja.get_openapi_schema(path_prefix=""), cls=NinjaJSONEncoder)
    found: dict[str, Any] = json.loads(written)
    for methods in found["paths"].values():
        # The same as GET, and an operationId must be unique.
        del methods["head"]
        for operation in methods.values():
            # Before 3.13 Python called it Unprocessable Entity.
            operation["responses"]["422"]["description"] = "Unprocessable Content"
    schemas = found["components"]["schemas"]
    for name in [one for one in schemas if f'/schemas/{one}"' not in written]:
        # Schemas of parameters, which are described one by one instead.
        del schemas[name]
    found["servers"] = [{"url": root}]
    # A session, or nothing on a site that is public.
    found["security"] = [{"session": []}, {}]
    found["components"]["securitySchemes"] = {
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.SESSION_COOKIE_NAME,
        }
    }
    return found


def _document(request: HttpRequest) -> JsonResponse:
    return JsonResponse(document(request.path.removesuffix(f"/{DOCUMENT}")))


_resolver = URLResolver(RoutePattern(""), [path(DOCUMENT, _document), *ninja.urls[0]])


@ninja.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    found = [(_where(one["loc"]), _message(one)) for one in error.errors]
    return problems(HTTPStatus.UNPROCESSABLE_ENTITY, found)


@ninja.exception_handler(Refused)
def _refused(request: HttpRequest, error: Refused) -> HttpResponse:
    return problem(error.status, error, error.where)


@ninja.exception_handler(NoRows)
@ninja.exception_handler(DatabaseFailure)
def _unavailable(request: HttpRequest, error: Exception) -> HttpResponse:
    return no_database(error)


@ninja.exception_handler(Unusable)
def _unusable(request: HttpRequest, error: Exception) -> HttpResponse:
    return problem(HTTPStatus.SERVICE_UNAVAILABLE, one_line(str(error)))


@ninja.exception_handler(pydantic.ValidationError)
def _unshowable(request: HttpRequest, error: pydantic.ValidationError) -> HttpResponse:
    """Report a row written without validation: parameters were validated before."""
    faults = "; ".join(f"{one['loc'][-1]}: {one['msg']}" for one in error.errors())
    return problem(HTTPStatus.SERVICE_UNAVAILABLE, f"a row can't be shown: {faults}")


@ninja.exception_handler(Exception)
def _unexpected(request: HttpRequest, error: Exception) -> HttpResponse:
    """Leave it to the site, which logs it and has a page for it."""
    raise error


def _where(loc: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Return the place without the endpoint's own name for its parameters."""
    return loc[1:] if loc[:2] == ("query", "query") else loc


def _message(error: dict[str, Any]) -> str:
    return str(error["msg"]).removeprefix("Value error, ")
