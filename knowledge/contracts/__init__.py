"""Contracts and how a person shows that they hold one."""
