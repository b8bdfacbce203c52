"""What was said: language only. Knows no contract, no Slack and no database."""
