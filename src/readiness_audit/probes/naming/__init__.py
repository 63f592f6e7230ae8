"""Probes for names: what resolvers tell of a domain, what its mail records say, how name servers answer."""
