"""Decide, on evidence, whether a system is ready to go live."""

__version__ = "0.1.0"
__all__ = ["__version__"]
