"""Where records are kept: canonical bytes, one folder a run, and an index that can be made again."""
