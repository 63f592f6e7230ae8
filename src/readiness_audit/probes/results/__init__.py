"""Probes for what test and measuring tools wrote."""
