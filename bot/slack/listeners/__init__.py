"""Listeners: parse and enqueue, nothing else."""
