"""The house: every room below the page. See README.md for the floors."""

__version__ = "0.1.0"
