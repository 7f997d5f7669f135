"""`python -m tests.database.claimer URL`: claims jobs until none is left, each with the id and attempt it got."""

import sys

from engine.command import Lane
from engine.database import Database
from engine.jobs.queue import Queue


def main(url: str) -> None:
    queue = Queue(Database(url))
    print("ready", flush=True)
    sys.stdin.readline()
    while job := queue.claim(Lane.LIGHT):
        print(job.id, job.attempt, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
