"""The service desk itself."""
