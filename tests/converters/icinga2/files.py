"""Files of Icinga 2 in the manner of those that people have, by what they show."""

from collections.abc import Sequence

_WEEK = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


def _weekly(name: str, hours: str, days: Sequence[str] = _WEEK, more: str = "") -> str:
    ranges = "".join(f'    "{day}" = "{hours}"\n' for day in days)
    return (
        f'object TimePeriod "{name}" {{\n  import "legacy-timeperiod"\n\n'
        f'  display_name = "Icinga 2 {name}"\n  ranges = {{\n{ranges}  }}\n{more}}}\n'
    )


_ALWAYS = _weekly("24x7", "00:00-24:00")
_WORK = _weekly("workhours", "09:00-17:00", _WEEK[:5])


def _one(*entries: str, more: str = "") -> str:
    ranges = "".join(f"    {entry}\n" for entry in entries)
    return f'object TimePeriod "one" {{\n  ranges = {{\n{ranges}  }}\n{more}}}\n'


def _single(key: str, hours: str = "00:00-24:00") -> str:
    return _one(f'"{key}" = "{hours}"')


_HOLIDAYS = """
object TimePeriod "holidays" {
  ranges = {
    "january 1" = "00:00-24:00"     // New Year
    "may 1" = "00:00-24:00"         # Labour Day
    "december 24" = "13:00-24:00"   /* half a day */
    "december 25" = "00:00-24:00"
    "december 26" = "00:00-24:00"
    "2026-04-03" = "00:00-24:00", "2026-04-06" = "00:00-24:00"
    "2027-03-26" = "00:00-24:00"
  }
}
"""

FILES = {
    "always": _ALWAYS,
    "office hours": _WORK,
    "the three of the package": _ALWAYS
    + _weekly("9to5", "09:00-17:00", _WEEK[:5])
    + 'object TimePeriod "never" {\n  ranges = {\n  }\n}\n',
    "outside work": """
/**
 * Outside of work.
 */
object TimePeriod "nonworkhours" {
  ranges = {
    monday = "00:00-8:00,17:00-24:00"
    tuesday = "00:00-8:00,17:00-24:00"
    wednesday = "00:00-8:00,17:00-24:00"
    thursday = "00:00-8:00,17:00-24:00"
    friday = "00:00-8:00,16:00-24:00"
    saturday = "00:00-24:00"
    sunday = "00:00-24:00"
  }
}
""",
    "past midnight": _weekly("night", "22:00-06:00"),
    "until midnight and from it": _one(
        '"saturday" = "22:00-24:00"', '"sunday" = "00:00-03:00"'
    ),
    "a whole day from noon": _single("friday", "12:00-12:00"),
    "lunch": _one('"monday" = "08:30-12:00,13:15-17:45"'),
    "overlapping hours": _one('"monday" = "08:00-12:00,10:00-14:00,14:00-15:00"'),
    "a date": _single("2027-02-28", "03:13-03:15"),
    "dates that follow": _one(
        '"2026-12-30" = "00:00-24:00"',
        '"2026-12-31" = "00:00-24:00"',
        '"2027-01-01" = "00:00-24:00"',
    ),
    "a range of dates": _single("2026-09-30 - 2026-10-30"),
    "every third day of dates": _single("2026-01-07 - 2028-03-02 / 3", "20:00-04:00"),
    "every year": _single("december 25"),
    "leap day": _single("february 29"),
    "the last of february": _single("february -1"),
    "every month": _single("day 15", "01:00-05:00"),
    "the 31st": _single("day 31"),
    "the last day": _single("day -1", "18:00-23:00"),
    "the last but two": _single("day -3"),
    "patch day": _single("tuesday 2", "20:00-02:00"),
    "the fifth friday": _single("friday 5"),
    "the last friday": _single("friday -1", "18:00-22:00"),
    "the last but one": _single("sunday -2"),
    "a weekday of a month": _single("thursday 4 november"),
    "memorial day": _single("monday -1 may"),
    "days of the month": _single("day 1 - 15"),
    "every day of the month": _single("day 1 - 31", "09:00-10:00"),
    "every second day of the month": _single("day 1 - 15 / 2"),
    "the last days": _single("day -3 - -1"),
    "to the month's end": _single("day 20 - -1"),
    "days of a year": _single("july 10 - 15"),
    "every second day of january": _single("january 1 - january 15 / 2"),
    "summer": _single("june 21 - september 22"),
    "every fifth day of summer": _single("june 21 - september 22 / 5"),
    "to leap day": _single("january 30 - february 29"),
    "from the ends of months": _single("june -10 - august -5 / 3"),
    "every 45th day": _single("march 10 - october 2 / 45"),
    "the last but four sunday": _single("sunday -5"),
    "weeks of the month": _single("monday 1 - friday 2", "09:00-17:00"),
    "from a weekday to a date": _single("monday 2 february - november 8"),
    "from a date to a weekday": _single("march 5 - sunday 3 october"),
    "adds up": _one(
        '"monday" = "09:00-17:00"',
        '"day 1" = "20:00-22:00"',
        '"2026-06-01" = "08:00-18:00"',
    ),
    "excludes": _HOLIDAYS
    + _weekly("work", "08:00-18:00", _WEEK[:5], '  excludes = [ "holidays" ]\n'),
    "includes": _WORK
    + _weekly("more", "10:00-12:00", _WEEK[5:], '  includes = [ "workhours" ]\n'),
    "includes win": _HOLIDAYS
    + _WORK
    + _weekly("lunch", "12:00-13:00")
    + _one(
        '"sunday" = "00:00-24:00"',
        '"january 1" = "00:00-24:00"',
        more='  includes = [ "workhours", "lunch" ]\n  excludes = [ "holidays" ]\n',
    ),
    "excludes win": _HOLIDAYS
    + _WORK
    + _one(
        '"sunday" = "00:00-24:00"',
        more='  prefer_includes = false\n  includes = [ "workhours" ]\n'
        '  excludes = [ "holidays", ]\n',
    ),
    "nothing of its own": _HOLIDAYS
    + _WORK
    + 'object TimePeriod "both" {\n  includes = ["workhours"]\n'
    '  excludes = ["holidays"]\n}\n',
    "templates": """
template TimePeriod "base" {
  display_name = "Base"
  ranges = {
    "monday" = "08:00-16:00"
    "tuesday" = "08:00-16:00"
  }
}

template TimePeriod "more" {
  import "base"
  ranges += { "friday" = "08:00-12:00" }
}

object TimePeriod "imports" {
  import "more"
  ranges["monday"] = "07:00-09:00"
  ranges.saturday = "10:00-11:00"
}

object TimePeriod "replaces" {
  import "more"
  ranges = { "sunday" = "10:00-11:00" }
}
""",
    "grown lists": _WORK
    + _HOLIDAYS
    + """
template TimePeriod "closed" {
  excludes = [ "holidays" ]
}
object TimePeriod "grown" {
  import "closed"
  ranges = { "saturday" = "00:00-24:00", "sunday" = "00:00-24:00" }
  excludes += [
    "workhours"
  ]
}
""",
    "between other objects": """
const PluginDir = "/usr/lib"
object Host "web" {
  import "generic-host"
  vars.text = {{{ a } brace { and "quotes }}}
  vars.state = {{ if (true) { return 1 } }}
  if (vars.os == "Linux") { vars.a = [ 1, 2 ] }
}
apply Service "ping" to Host {
  check_period = "workhours"
  assign where host.address && !host.vars.no // }
}
"""
    + _WORK
    + 'object Notification "mail" { period = "workhours" }\n',
    "braces on lines of their own": """
object TimePeriod "braces"
{
  ranges =
  {
    "monday" = "09:00-17:00"

    "day 2" =
      "10:00-11:00"
  }
}
""",
}
