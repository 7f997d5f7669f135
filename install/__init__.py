"""The installer: standard library only, because nothing else is there yet when it runs."""
