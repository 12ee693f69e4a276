"""The site whose rows benchmarks/rows.py measures, and the ways to export them."""
