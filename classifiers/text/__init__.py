"""From raw characters to tokens and product names."""
