"""What schemathesis is told about the API: moments near each other, and what a JSON
schema can't say."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis.core.failures import Failure
from schemathesis.core.transport import Response
from schemathesis.generation.case import Case
from schemathesis.hooks import HookContext
from schemathesis.openapi.checks import RejectedPositiveData

FIRST, LAST = datetime(2025, 6, 1), datetime(2027, 6, 1)
OFFSETS = st.integers(-14 * 60, 14 * 60).map(
    lambda minutes: timezone(timedelta(minutes=minutes))
)
UNSAYABLE = (
    "must be before its end, until",
    "The period is longer than",
    "Use a date from 1970-01-01 to before 2100-01-01",
)

schemathesis.openapi.format(
    "date-time", st.datetimes(FIRST, LAST, timezones=OFFSETS).map(datetime.isoformat)
)
schemathesis.openapi.format(
    "date", st.dates(FIRST.date(), LAST.date()).map(date.isoformat)
)


@schemathesis.hook
def map_query(context: HookContext, query: dict[str, Any] | None) -> Any:
    """Bring the ends of a period into their order, which half of them lack."""
    since, until = (query or {}).get("from"), (query or {}).get("until")
    if query and isinstance(since, str) and isinstance(until, str):
        query["from"], query["until"] = sorted((since, until))
    return query


@schemathesis.hook
def filter_failure(
    context: HookContext, failure: Failure, case: Case[Any], response: Response
) -> bool:
    """Take no offence at refusals of what the schema allows for want of words."""
    return not (
        isinstance(failure, RejectedPositiveData)
        and any(words in response.text for words in UNSAYABLE)
    )
