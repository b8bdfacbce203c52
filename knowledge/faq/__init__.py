"""The FAQ: entries, their index, and when to answer from them."""
