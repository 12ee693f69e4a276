"""Read rows consistently and by a deadline, even where a database hangs."""
