"""The JSON API: what the pages show, for scripts. Read-only.

Imported when the first request comes, because no command needs it and its library
takes a while to import: view.py is what urls.py names, and imports the rest.
"""
