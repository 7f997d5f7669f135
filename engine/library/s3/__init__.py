"""Objects in a bucket of S3, or of whatever speaks it."""
