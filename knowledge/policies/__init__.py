"""Support policies: what was promised, by clause, and by when."""
