"""The sentences of the errors about catalogues. They follow file, line and key."""

from ..language import gettext_noop as _

MESSAGES = {
    "refused": "%(reason)s",
    # The file
    "unreadable_file": _("The file can't be read: %(reason)s"),
    "unwritable_spool": _(
        "The components can't be kept in a temporary file while the catalogue is read: "
        "%(reason)s"
    ),
    "line_too_long": _(
        "The line has more than %(most)s characters. Write each row on its own line."
    ),
    "not_text": _(
        "The file is a workbook or an archive, not text. Save the sheet as CSV UTF-8."
    ),
    "utf_16": _("The file is UTF-16. Save it as UTF-8 (in spreadsheets, CSV UTF-8)."),
    "not_utf_8": _(
        "Byte 0x%(byte)s is not UTF-8, but of another encoding such as Windows-1252. "
        "Save the file as UTF-8 (in spreadsheets, CSV UTF-8)."
    ),
    "control_character": _(
        "The control character %(code_point)s is not allowed. Remove it."
    ),
    "broken_json": _("Broken JSON: %(reason)s."),
    "broken_yaml": _("Broken YAML: %(reason)s."),
    "second_document": _(
        "A second YAML document begins here. Use one document for a catalogue."
    ),
    "broken_csv": _("Broken CSV: %(reason)s."),
    # Keys and values
    "duplicate_anchor": _("The anchor &%(anchor)s is defined twice."),
    "undefined_alias": _("The alias *%(anchor)s has no anchor."),
    "recursive_alias": _(
        "*%(anchor)s repeats a mapping or list that it is in, or a whole section."
    ),
    "too_many_repeated": _(
        "With *%(anchor)s, aliases repeat %(count)s keys and values. Use at most "
        "%(most)s up to here."
    ),
    "key_not_plain": _("A key must be a single value, not a list or a mapping."),
    "value_too_long": _("A value has %(count)s characters. Use at most %(most)s."),
    "nested_too_deep": _("Nested more than %(most)s levels deep."),
    "too_many_nodes": _(
        "This entry has more than %(most)s keys and values. Divide it into several."
    ),
    "not_a_mapping": _("Use a mapping, not %(found)s."),
    "not_a_list": _("Use a list, not %(found)s."),
    "not_a_value": _("Use a single value, not %(found)s."),
    "unknown_tag": _("The tag %(tag)s is not supported. Remove it."),
    "not_quoted": _('Use a string, not %(text)s: write "%(quoted)s".'),
    "not_a_flag": _("Use true or false, not %(found)s."),
    "not_a_number": _("Use a whole number, not %(found)s."),
    "merged_not_a_mapping": _("<< can only merge other mappings."),
    "duplicate": _(
        "Duplicate %(what)s %(name)r, first given in line %(first)s. Rename or remove "
        "one of them."
    ),
    "unknown_key": _("Unknown key %(name)r. Use one of %(known)s."),
    "unknown_key_near": _(
        "Unknown key %(name)r. Did you mean %(near)s? The keys are %(known)s."
    ),
    # Sections and entries
    "empty": _(
        "The catalogue is empty. Give calendars, schedules, agreements or components."
    ),
    "no_section": _("The catalogue has none of %(known)s."),
    "value_missing": _("A value is required, for example %(example)s."),
    "reference_missing": _("A value is required: %(example)s."),
    "anchor_without_interval": _(
        "from needs every_weeks or every_days, which count from it. For the first "
        "day of a rule, use valid_from."
    ),
    "nth_twice": _("%(days)r says it already. Remove one of the two."),
    "empty_set": _("The list is empty. Leave out the key for no restriction."),
    "names_in_one_text": _(
        "%(names)r is not the name of one. Use a list where several can be named: "
        "[%(names)s]."
    ),
    "unknown_reference": _(
        "There is no %(kind)s %(name)r, neither in the file nor in the database (or "
        "--prune would delete it)."
    ),
    "unknown_reference_near": _(
        "There is no %(kind)s %(name)r. Did you mean %(near)s?"
    ),
    "codes_too_long": _(
        "The codes have %(count)s characters together. Use at most %(most)s, or "
        "calendars that include some of them."
    ),
    "unmatched_without_near": _("%(text)r takes no day away. Did you mean %(near)s?"),
    "unmatched_without": _(
        "%(text)r takes no day away. Use a date, or the name of a day that the "
        "calendar includes, exactly as it is written there."
    ),
    # Tables
    "empty_table": _("The table has no components below its headings."),
    "duplicate_column": _(
        "Two columns have this heading or its meaning. Rename or remove one of them."
    ),
    "column_missing": _(
        "The column is missing. Name the columns in the first line: component, "
        "agreement and optionally enabled and labels, separated by commas, semicolons "
        "or tabs."
    ),
    "column_without_heading": _("The column of %(text)r has no heading. Give it one."),
    # The database
    "invalid_stored_day": _("A day of calendar id %(calendar)s is invalid: %(reason)s"),
    "invalid_stored_rule": _(
        "A rule of schedule id %(schedule)s is invalid: %(reason)s"
    ),
    "invalid_stored_override": _("The override of %(start)s is invalid: %(reason)s"),
}
