"""The program below the page. See docs/ARCHITECTURE.md."""

__version__ = "0.1.0"
