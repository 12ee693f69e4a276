"""Formats that only pages have, and nothing that machines read."""

DECIMAL_SEPARATOR = "·"
THOUSAND_SEPARATOR = "'"
NUMBER_GROUPING = 2
DATE_FORMAT = TIME_FORMAT = DATETIME_FORMAT = "j. N Y g:i A"
SHORT_DATE_FORMAT = "j~n~y"
DATE_INPUT_FORMATS = ["%d/%m/%Y"]
TIME_INPUT_FORMATS = ["%I:%M %p"]
DATETIME_INPUT_FORMATS = ["%d/%m/%Y %I:%M %p"]
