"""Reading: whatever text a user has becomes a project in which nothing of it is lost."""
