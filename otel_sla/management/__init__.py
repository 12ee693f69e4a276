"""Commands, thin: parse, call, report."""
