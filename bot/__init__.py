"""What we do: the conversation, the tickets, and the one place that meets the world."""
