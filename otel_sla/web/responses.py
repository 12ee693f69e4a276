"""Plain-text responses, and responses that Django does not log."""

from http import HTTPStatus

from django.http import HttpResponse


def text_response(status: HTTPStatus, message: str) -> HttpResponse:
    """Return the message as a line of plain text that no cache keeps."""
    return HttpResponse(
        f"{message}\n",
        status=status,
        content_type="text/plain; charset=utf-8",
        headers={"Cache-Control": "no-store"},
    )


def unlogged(response: HttpResponse) -> HttpResponse:
    """Keep Django from logging the response, with the address: anybody could fill the
    disk so, and some addresses hold a token."""
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response
