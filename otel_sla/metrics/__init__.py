"""Service windows as metrics: rows, groups, instruments."""
