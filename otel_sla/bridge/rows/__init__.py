"""Read what is declared: queries, labels, numbers, and the rows that are dropped."""
