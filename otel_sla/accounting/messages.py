"""The sentences about samples and periods that can't be accounted for. Pure."""

from ..language import gettext_noop as _

MESSAGES = {
    # Samples
    "availability_out_of_range": _(
        "The availability at %(when)s is %(value)s. Use an expression that gives 1 for "
        "up, 0 for down, or the share that is up."
    ),
    # Periods
    "not_a_period": _(
        "%(text)r is not a valid period. Use a month such as 2026-10, a week such as "
        "2026-W44, a quarter such as 2026-Q4, a year such as 2026, or two dates such "
        "as 2026-10-01/2026-10-16, of which the second is not included."
    ),
    "no_such_month": _("%(text)r is not a valid month. Use 01 to 12, such as 2026-10."),
    "no_such_quarter": _(
        "%(text)r is not a valid quarter. Use Q1 to Q4, such as 2026-Q4."
    ),
    "no_such_week": _(
        "%(text)r is not a valid week. The weeks of %(year)s are W01 to W%(last)s."
    ),
    "no_such_date": _(
        "%(text)r is not a valid date. Use YYYY-MM-DD, such as 2026-10-01."
    ),
    "unsupported_year": _(
        "%(text)r is not a valid period. Use a year from %(first)s to %(last)s."
    ),
    "period_without_days": _(
        "The period %(text)s has no days. The second date is not included: use one "
        "that is later than the first."
    ),
    "period_too_long": _(
        "The period %(text)s has %(days)s days. Use at most %(most)s, which is three "
        "years."
    ),
}
