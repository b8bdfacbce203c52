"""The talk with one person: what happens next, as values."""
