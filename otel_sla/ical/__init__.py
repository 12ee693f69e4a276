"""iCalendar: feeds of service windows, and imports of maintenance calendars."""
