"""Read rows consistently and by a deadline, whatever hangs."""
