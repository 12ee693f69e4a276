"""The sentences about calendar files and events that can't be imported.

Those about an event follow its UID and summary, and begin with a verb.
"""

from ...language import gettext_noop as _

MESSAGES = {
    # Events
    "unreadable_event": _("can't be read: %(reason)s"),
    "too_many_lines": _(
        "has more than %(most)s lines: write its dates as a rule, or fewer objects"
    ),
    "event_too_large": _(
        "has more than %(most)s characters: write its dates as a rule"
    ),
    "uid_missing": _("has no UID: it can't be recognized in the next import"),
    "start_missing": _("has no DTSTART"),
    "end_missing": _("has neither DTEND nor DURATION: it takes no time"),
    "exrule": _("has an EXRULE, which the standard has dropped: use EXDATE"),
    "invalid_duration": _("has an invalid DURATION"),
    "event_ends_before_start": _("does not end after its start"),
    "too_long": _("lasts more than %(most)s days"),
    "all_later_changed": _(
        "changes all later occurrences (RANGE): end the series instead"
    ),
    "property_repeated": _("has %(name)s %(count)s times"),
    "unreadable_time": _("has a %(name)s that can't be read: %(written)r"),
    "not_a_time": _("has a %(name)s that is neither a date nor a time"),
    "duration_for_time": _("has a duration in place of a date or a time"),
    "one_zone": _("has a time zone for only one of its start and its end"),
    "unreadable_dates": _("has an %(name)s that can't be read: %(written)r"),
    "kept_too_long": _(
        "would have more than %(most)s MB kept of the file's events: their VTIMEZONEs "
        "are too long"
    ),
    "repeated_in_file": _(
        "is in the file more than once, without a SEQUENCE that tells which is newer"
    ),
    "message": _("is in a message with METHOD:%(method)s: export the calendar"),
    "older": _("is older than what was imported: %(this)s, after %(newer)s"),
    "as_old": _(
        "is not newer than what was imported: %(this)s. Raise its SEQUENCE if it is "
        "meant to change that"
    ),
    "no_time_in_zone": _("takes no time in the local time of %(zone)s"),
    "starts_in_second_pass": _(
        "starts in the second pass of the hour that %(zone)s repeats on %(date)s. An "
        "override would mean the first: %(time)s"
    ),
    "ends_in_second_pass": _(
        "ends in the second pass of the hour that %(zone)s repeats on %(date)s. An "
        "override would mean the first: %(time)s"
    ),
    "objects_missing": _("has no X-MAINTNOTE-OBJECT-ID to find components by"),
    "object_unknown": _("is about %(name)r, and no component has it as its %(label)r"),
    # Their recurrence rules
    "rule_too_long": _("has an RRULE of more than %(most)s characters"),
    "too_many_rules": _("has %(count)s RRULEs: use at most %(most)s"),
    "unreadable_rule": _("has an RRULE that can't be read: %(rule)s"),
    "unusable_rule": _("has an RRULE that can't be followed: %(reason)s"),
    "unsupported_frequency": _(
        "repeats %(frequency)s: use DAILY, WEEKLY, MONTHLY or YEARLY"
    ),
    "daily_with_position": _("repeats DAILY with BYSETPOS"),
    "by_easter": _("repeats by BYEASTER, which is not in the standard"),
    "number_below_one": _("has an RRULE with an INTERVAL or a COUNT below 1"),
    "too_many_occurrences": _(
        "repeats more than %(most)s times up to the horizon: let it start later, or "
        "less often"
    ),
    # Their time zones
    "unknown_file_zone": _(
        "is in the time zone %(name)r, which is unknown, and the file has no VTIMEZONE "
        "for it"
    ),
    "broken_file_zone": _(
        "is in the time zone %(name)r, whose VTIMEZONE in the file is broken: "
        "%(reason)s"
    ),
    # The file
    "unreadable_calendar": "%(reason)s",
    "file_too_large": _(
        "The file is larger than %(most)s MB. Export a shorter period, or a calendar "
        "of its own for maintenance."
    ),
    "too_many_events": _(
        "The file has more than %(most)s events. Export a shorter period, or a "
        "calendar of its own for maintenance."
    ),
    "too_slow": _(
        "The events of the file take more than %(most)s s to evaluate. Export a "
        "shorter period. %(uid)r was next."
    ),
    "too_much_to_keep": _(
        "The events and the time zones that they need have more than %(most)s million "
        "characters. Export a shorter period."
    ),
    "calendar_in_utf_16": _("The file is UTF-16. Save it as UTF-8."),
    "windows_1252": _(
        "This line is not UTF-8 and was read as Windows-1252 (lines like it: "
        "%(count)s)."
    ),
    "calendar_not_text": _("The file is not text. Use an iCalendar file (.ics)."),
    "not_a_calendar": _(
        "The file does not begin with BEGIN:VCALENDAR. Use an iCalendar file (.ics)."
    ),
    "calendar_empty": _("The file is empty, without BEGIN:VCALENDAR."),
    "unmatched_end": _("%(text)r does not end the last BEGIN."),
    "cut_off": _("The file is cut off: END:%(name)s is missing."),
    "without_events": _("The file has no events."),
    "only_others": _("The file has no events, only %(others)s."),
    # Mails and folders
    "mail_too_large": _("The mail is larger than %(most)s MB."),
    "mail_too_complex": _(
        "The mail has too many lines or parts. Save its calendar as a file of its own."
    ),
    "mail_unreadable": _("The mail can't be read: %(reason)s"),
    "mails_in_one_file": _(
        "The file has several mails (mbox). Save each as a file of its own, as in a "
        "Maildir."
    ),
    "mail_without_calendar": _(
        "The mail has no calendar: no text/calendar part and no attached .ics file."
    ),
    "mail_in_tnef": _(
        "The mail has its calendar in Outlook's own format (winmail.dat) only. Have it "
        "sent as iCalendar."
    ),
    "folder_without_calendars": _(
        "The folder has no calendars or mails: no file named *.ics, *.ical or *.eml."
    ),
    "none_usable": _("None of the %(count)s files can be used:\n%(reasons)s"),
    "pattern_without_files": _("No file matches the pattern."),
    # Downloads
    "requests_missing": _(
        "Downloading needs the package requests, which can't be imported: %(reason)s. "
        "Install otel-sla[calendars]."
    ),
    "not_an_address": _(
        "The URL can't be used. Give one that begins with https://, http:// or "
        "webcal:// and has a host."
    ),
    "unreachable": _("%(host)s can't be reached: %(reason)s"),
    "refused_by_server": _("%(host)s answered %(said)s instead of the calendar."),
    "redirected_away": _(
        "%(host)s redirects to %(to)s. Only redirects within the host "
        "are followed: use the other address, if it is right."
    ),
    "too_many_redirects": _("%(host)s redirects more than %(most)s times."),
    "download_too_large": _("The calendar of %(host)s is larger than %(most)s MB."),
    "download_too_slow": _("%(host)s did not send the calendar within %(most)s s."),
    "not_kept": _("The calendar can't be kept in %(path)s: %(reason)s"),
}
