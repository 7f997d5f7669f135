"""Whom things belong to."""

LOCAL = "local"
"""The id of the one user where there are no accounts, and of the first account where there are: theirs is whatever
does not say whose it is."""
