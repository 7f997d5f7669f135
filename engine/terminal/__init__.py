"""The command line: the same parameters, queue and records as on the page, without a browser."""

POLL_S = 0.1
EXIT_INVALID = 2
EXIT_FAILED = 1
