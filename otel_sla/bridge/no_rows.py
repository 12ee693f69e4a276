"""The exceptions of a source that has no rows to answer with."""


class NoRows(Exception):
    """There is nothing to answer with: the message says why."""


class NotYet(NoRows):
    """The rows are read, but what takes long with them is not done yet."""
