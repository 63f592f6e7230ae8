"""Probes for what can be seen over the network."""
