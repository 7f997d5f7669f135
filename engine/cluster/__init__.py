"""Where one machine ends: tickets by Celery, events by the broker, nodes that run jobs. Imported only in a cluster."""
