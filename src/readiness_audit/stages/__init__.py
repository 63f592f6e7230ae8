"""The verbs of an audit, one file each. They are handed values and do not know one another."""
