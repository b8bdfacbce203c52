"""Use cases: each opens one unit of work and applies pure decisions."""
