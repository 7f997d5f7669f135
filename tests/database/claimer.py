"""`python -m tests.database.claimer URL OWNER`: claims jobs until none is left; says each one's id, attempt, owner."""

import sys

from engine.command import Lane
from engine.database import Database
from engine.jobs.queue import LOCAL_POOL
from engine.jobs.sql_queue import SqlQueue


def main(url: str, owner: str) -> None:
    queue = SqlQueue(Database(url))
    print("ready", flush=True)
    sys.stdin.readline()
    while job := queue.claim(Lane.LIGHT, LOCAL_POOL, owner):
        print(job.id, job.attempt, job.owner, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
