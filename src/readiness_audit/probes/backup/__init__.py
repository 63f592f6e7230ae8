"""Probes for where backups are kept."""
