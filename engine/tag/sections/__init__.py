"""The form of a piece: sections out of how its bars resemble each other."""
