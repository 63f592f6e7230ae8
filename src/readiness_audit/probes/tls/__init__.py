"""What a server shows of TLS: versions, suites, certificates."""
