"""`/drama`: a script becomes speech, ambience, effects and music, mixed."""
