"""Probes for the source of the release."""
