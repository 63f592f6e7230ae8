"""Probes for the tables that people keep."""
