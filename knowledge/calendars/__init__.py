"""Business hours and holidays, in Japan Standard Time."""
