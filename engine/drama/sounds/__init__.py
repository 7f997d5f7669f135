"""What a drama sounds of besides voices: sounds from packages, our own synthesisers, the user's folder."""
