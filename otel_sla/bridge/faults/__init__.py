"""What is wrong with a declaration, in sentences that say what would be right."""
