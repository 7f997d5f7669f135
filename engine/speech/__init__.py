"""What people say, read without guessing: numbers, lengths and other wishes, and sentences that ask for a command.

Light: the server reads every text that is typed. English, Russian and Chinese, mixed as they come.
"""
