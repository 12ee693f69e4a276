"""German, as a site may have it."""
