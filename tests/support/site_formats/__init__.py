"""Formats of a site, by language."""
