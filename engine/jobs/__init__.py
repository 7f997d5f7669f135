"""Jobs: one command asked for once, from the queue to its outcome, in worker processes that may die."""
