"""The workshop for expressions: the only place that knows CEL (https://cel.dev) and protocol buffers."""
