"""Probes for the texts that people keep."""
