"""Tickets: what may happen to them, by whom, and by when."""
