"""How every probe reaches out: one gate to the network, one runner for programs, one reader of files."""
