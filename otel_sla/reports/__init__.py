"""Reports: what was promised in service windows, and what was delivered."""
