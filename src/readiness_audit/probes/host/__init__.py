"""Hosts as they look from inside: one script that reads, and what its output says."""
