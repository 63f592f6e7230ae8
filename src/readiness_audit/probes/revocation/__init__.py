"""Whether certificates were revoked: stapled OCSP responses, files, and responders that may be asked."""
