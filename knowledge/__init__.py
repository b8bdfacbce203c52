"""What we know and what we owe: FAQ, support policies, calendars, contracts."""
