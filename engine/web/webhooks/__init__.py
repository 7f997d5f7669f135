"""Webhooks on their way: where they may go, how they are signed, sent and sent again.

They follow Standard Webhooks (https://github.com/standard-webhooks/standard-webhooks, spec 1.0), so that receivers can
check them with the libraries that there are. What is to be sent, `engine/jobs/outbox.py` writes.
"""
