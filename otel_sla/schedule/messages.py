"""The sentences of the errors about schedules, rules, overrides and their notation."""

from ..language import gettext_noop as _

MESSAGES = {
    # What rules and overrides can't be
    "missing": _("The value is missing."),
    "unreadable": "%(reason)s",
    "no_weekdays": _("No weekday is given. Use for example mon-fri, sat,sun or daily."),
    "not_a_wall_clock_time": _(
        "%(value)s is not a wall-clock time in whole seconds. Use for example 09:00."
    ),
    "end_day_out_of_range": _(
        "%(value)s is out of range. Use 0 to %(most)s days after the start day."
    ),
    "end_equals_start": _(
        "The end equals the start, %(start)s. Use another end, or end_day: 1 for a "
        "window of 24 hours."
    ),
    "end_before_start": _(
        "With end_day 0 the end must be after the start, %(start)s. Use a later end, "
        "or end_day: 1 for the next day."
    ),
    "month_out_of_range": _("%(value)s is not a month. Use 1 to 12."),
    "day_out_of_range": _(
        "%(value)s is not a day of a month. Use 1 to 31, or -1 to -31 counted from "
        "the end of the month."
    ),
    "every_weeks_out_of_range": _(
        "%(value)s is out of range. Use 1 to %(most)s weeks."
    ),
    "anchor_missing": _(
        "every_weeks needs a date to count from. Use any date of a week in which the "
        "rule runs."
    ),
    "every_days_out_of_range": _("%(value)s is out of range. Use 1 to %(most)s days."),
    "weeks_and_days": _(
        "every_weeks and every_days exclude each other. Use one of them."
    ),
    "first_day_missing": _(
        "every_days needs a date to count from. Use any date on which the rule runs."
    ),
    "valid_to_before_valid_from": _(
        "valid_to is before valid_from, %(valid_from)s. Use that date or a later one."
    ),
    "override_with_offset": _(
        "%(value)s has a UTC offset. Use the schedule's local time without one, for "
        "example 2026-12-24T12:00."
    ),
    "override_with_microseconds": _(
        "%(value)s has a fraction of a second. Use whole seconds."
    ),
    "override_ends_before_start": _("The end must be after the start, %(start)s."),
    "unknown_kind": _("%(value)r is not a valid kind. Use closed or open."),
    # What days of calendars can't be
    "no_day_given": _(
        "No day is given. Use date, from and to, nth with day and month, or easter."
    ),
    "several_days_given": _(
        "%(first)s and %(second)s are both given. Use only one of date, from and to, "
        "nth with day and month, or easter."
    ),
    "impossible_day": _(
        "%(day)s does not exist. Use a day that does, as MM-DD for every year or "
        "YYYY-MM-DD for one."
    ),
    "day_first": _(
        "%(day)s does not exist. The month comes first: did you mean %(turned)s?"
    ),
    "year_on_one_end": _(
        "Only one end of the range has a year. Use MM-DD for both, or YYYY-MM-DD."
    ),
    "range_ends_before_start": _(
        "The range ends before it starts, %(start)s. Use that date or a later one."
    ),
    "easter_out_of_range": _(
        "%(value)s is out of range. Use -%(most)s to %(most)s days after Easter Sunday."
    ),
    "orthodox_without_easter": _(
        "orthodox needs easter, a number of days after Easter Sunday. Use for example "
        "easter: -2."
    ),
    "year_out_of_range": _(
        "%(value)s is out of range. Use a year from %(least)s to %(most)s."
    ),
    "years_of_one_date": _(
        "%(day)s is in one year only. Leave out first_year and last_year, or use a "
        "date without a year."
    ),
    "last_year_before_first_year": _(
        "last_year is before first_year, %(first_year)s. Use that year or a later one."
    ),
    "observed_of_a_range": _(
        "A range of days can't be observed on other days. Leave out observed, or use a "
        "single day."
    ),
    "hours_beyond_the_day": _("Hours must be within the day. Use 00:00 to 24:00."),
    "hours_end_before_start": _(
        "The hours %(text)s don't end after they start. Use a later end, at most 24:00."
    ),
    "hours_not_apart": _(
        "The hours %(text)s and %(other)s overlap, touch or are not in order. Use "
        "ascending hours with a gap between them."
    ),
    "too_many_calendars": _(
        "There are more than %(most)s calendars. Let schedules share them, or several "
        "calendars include another."
    ),
    "too_many_days_in_all": _(
        "All calendars together have more than %(most)s days of their own. Use days "
        "without a year, which are every year."
    ),
    "too_many_days": _(
        "The calendar has %(count)s days of its own. Use at most %(most)s: a day "
        "without a year is every year."
    ),
    "too_many_listed": _("The list has %(count)s entries. Use at most %(most)s."),
    # How they are written
    "unknown_weekdays": _(
        "%(text)r is not a valid list of weekdays. Use mon, tue, wed, thu, fri, sat, "
        "sun, ranges such as mon-fri, lists such as sat,sun, or daily."
    ),
    "unknown_weekday": _(
        "%(text)r is not a weekday. Use mon, tue, wed, thu, fri, sat or sun."
    ),
    "unknown_time": _(
        "%(text)r is not a valid time. Use 24-hour HH:MM, for example 09:00."
    ),
    "unknown_date": _(
        "%(text)r is not a valid date. Use YYYY-MM-DD, for example 2026-12-24."
    ),
    "unknown_local_time": _(
        "%(text)r is not a valid local date and time. Use the schedule's local time "
        "without a UTC offset, for example 2026-12-24T12:00."
    ),
    "unknown_moment": _(
        "%(text)r is not a valid date and time. Use ISO 8601, for example "
        "2026-03-27T09:00:00Z or 2026-03-27."
    ),
    "unknown_numbers": _(
        "%(text)r is not a valid list of whole numbers. Use for example 1-5, 15, -1."
    ),
    "unknown_months": _(
        "%(text)r is not a valid list of months. Use 1 to 12 or names: december, dec, "
        "nov-feb."
    ),
    "unknown_month": _(
        "%(text)r is not a month. Use 1 to 12 or a name: december, dec."
    ),
    "unknown_day_of_year": _(
        "%(text)r is not a valid day. Use MM-DD for a day of every year, for example "
        "12-24, or YYYY-MM-DD for one date."
    ),
    "unknown_hours": _(
        "%(text)r is not valid hours. Use a start and an end, for example 09:00-13:00."
    ),
    "unknown_observed": _(
        "%(text)r is not a valid way to observe a day. Use one of %(known)s."
    ),
    "end_is_a_date": _(
        "It is not clear whether %(day)s is included. Use %(after)sT00:00 if it is, "
        "or %(day)sT00:00 if not."
    ),
    "no_day_after": _(
        "%(day)s has no day after it, at whose midnight it would end. Use "
        "%(day)sT23:59."
    ),
    "unknown_number": _("%(text)r is not a valid whole number."),
    "unknown_flag": _("%(text)r is not valid. Use true or false."),
    "unknown_use_of_unknown": _(
        "%(text)r is not a valid way to count unknown time. Use one of %(known)s."
    ),
    "unknown_period": _("%(text)r is not a valid period. Use one of %(known)s."),
    "unknown_nth": _(
        "%(text)r is not a valid nth weekday. Use 1, 2, 3, 4, 5, first to fifth, or "
        "last."
    ),
    # What is made of others
    "cycle": _(
        "The %(what)ss are made of each other: %(path)s. Take one of them out of "
        "another."
    ),
    "too_many_levels": _(
        "More than %(most)s levels of %(what)ss are made of each other. Refer to the "
        "deeper ones directly."
    ),
    "no_such_part": _("There is no %(what)s %(key)r. Use one that exists."),
    "broken_part": _("The %(what)s %(name)r can't be evaluated. %(reason)s"),
    # Time zones and holiday calendars
    "unknown_zone": _(
        "%(name)r is not an IANA time zone. Use for example Europe/London or UTC."
    ),
    "unknown_zone_near": _("%(name)r is not an IANA time zone. Did you mean %(near)s?"),
    "broken_zone": _(
        "The files of the time zone %(name)r are broken. Reinstall the tzdata package."
    ),
    "unknown_country": _(
        "Holiday calendar %(calendar)r is unknown. Use an ISO 3166-1 country code, "
        "with a subdivision where the country has them, for example US, GB-ENG or "
        "DE-BY."
    ),
    "name_instead_of_code": _(
        "Holiday calendar %(calendar)r is unknown. Did you mean %(near)s?"
    ),
    "calendar_not_upper_case": _(
        "Holiday calendar %(calendar)r is unknown. Codes are upper-case: use %(upper)s."
    ),
    "country_without_subdivisions": _(
        "Holiday calendar %(calendar)r is unknown. %(country)s has no subdivisions: "
        "use %(country)s."
    ),
    "unknown_subdivision": _(
        "Holiday calendar %(calendar)r is unknown. Use one of %(known)s."
    ),
    "unknown_subdivision_near": _(
        "Holiday calendar %(calendar)r is unknown. Did you mean %(near)s? The "
        "calendars of %(country)s are %(known)s."
    ),
    "subdivision_missing": _(
        "Holiday calendar %(calendar)r needs a subdivision, because no part of the "
        "country observes exactly the nationwide holidays. Use one of %(known)s, or "
        "%(country)s/nationwide for the nationwide holidays."
    ),
    "nationwide_subdivision": _(
        "Holiday calendar %(calendar)r is unknown. Use %(country)s/nationwide for the "
        "nationwide holidays, or %(place)s for those of the subdivision."
    ),
    "category_worked": _(
        "Holiday calendar %(calendar)r can't be used, because people work on the days "
        "of this category. Use %(place)s."
    ),
    "category_half_day": _(
        "Holiday calendar %(calendar)r can't be used, because half days are not whole "
        "days off. Add them to a calendar of your own, with their hours."
    ),
    "category_school": _(
        "Holiday calendar %(calendar)r can't be used, because school breaks are not "
        "public holidays, and are known only a few years ahead. Add them to a calendar "
        "of your own."
    ),
    "country_without_categories": _(
        "Holiday calendar %(calendar)r is unknown. %(country)s has only public "
        "holidays: use %(place)s."
    ),
    "unknown_category": _(
        "Holiday calendar %(calendar)r is unknown. Use %(place)s for the public "
        "holidays, or add one of its categories: %(known)s."
    ),
}
