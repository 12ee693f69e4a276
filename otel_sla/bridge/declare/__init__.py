"""What a developer writes: classes of rows, functions, and what they refer to."""
