"""Time zones by the names that Windows shows people, which Exchange also writes.

After an offset, such as (UTC+01:00) or (GMT+01:00), they list places. The offset is not
taken: it is that of the winter, and of the year when the name was made.
"""

import re

_OFFSET = re.compile(r"\((?:UTC|GMT)(?: ?[+-]\d\d[:.]\d\d)?\)\s*", re.IGNORECASE)
_PLACES = {
    "Adelaide": "Australia/Adelaide",
    "Alaska": "America/Anchorage",
    "Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna": "Europe/Berlin",
    "Arizona": "America/Phoenix",
    "Athens, Bucharest": "Europe/Bucharest",
    "Athens, Bucharest, Istanbul": "Europe/Bucharest",
    "Atlantic Time (Canada)": "America/Halifax",
    "Auckland, Wellington": "Pacific/Auckland",
    "Bangkok, Hanoi, Jakarta": "Asia/Bangkok",
    "Beijing, Chongqing, Hong Kong, Urumqi": "Asia/Shanghai",
    "Belgrade, Bratislava, Budapest, Ljubljana, Prague": "Europe/Budapest",
    "Bogota, Lima, Quito": "America/Bogota",
    "Bogota, Lima, Quito, Rio Branco": "America/Bogota",
    "Brasilia": "America/Sao_Paulo",
    "Brisbane": "Australia/Brisbane",
    "Brussels, Copenhagen, Madrid, Paris": "Europe/Paris",
    "Cairo": "Africa/Cairo",
    "Canberra, Melbourne, Sydney": "Australia/Sydney",
    "Central America": "America/Guatemala",
    "Central Time (US & Canada)": "America/Chicago",
    "Chennai, Kolkata, Mumbai, New Delhi": "Asia/Kolkata",
    "City of Buenos Aires": "America/Argentina/Buenos_Aires",
    "Coordinated Universal Time": "Etc/UTC",
    "Darwin": "Australia/Darwin",
    "Dublin, Edinburgh, Lisbon, London": "Europe/London",
    "Eastern Time (US & Canada)": "America/New_York",
    "Greenwich Mean Time : Dublin, Edinburgh, Lisbon, London": "Europe/London",
    "Harare, Pretoria": "Africa/Johannesburg",
    "Hawaii": "Pacific/Honolulu",
    "Helsinki, Kyiv, Riga, Sofia, Tallinn, Vilnius": "Europe/Kyiv",
    "Hobart": "Australia/Hobart",
    "Istanbul": "Europe/Istanbul",
    "Jerusalem": "Asia/Jerusalem",
    "Kuala Lumpur, Singapore": "Asia/Singapore",
    "Mountain Time (US & Canada)": "America/Denver",
    "Newfoundland": "America/St_Johns",
    "Osaka, Sapporo, Tokyo": "Asia/Tokyo",
    "Pacific Time (US & Canada)": "America/Los_Angeles",
    "Perth": "Australia/Perth",
    "Sarajevo, Skopje, Warsaw, Zagreb": "Europe/Warsaw",
    "Saskatchewan": "America/Regina",
    "Seoul": "Asia/Seoul",
    "Taipei": "Asia/Taipei",
    "West Central Africa": "Africa/Lagos",
}
_KNOWN = {places.lower(): name for places, name in _PLACES.items()}


def zone_shown_as(name: str) -> str | None:
    """Return the IANA name of the zone that is shown so; None if it is not known."""
    offset = _OFFSET.match(name)
    if offset is None:
        return None
    return _KNOWN.get(name[offset.end() :].lower().replace(" and ", " & "))
