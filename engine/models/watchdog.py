"""`watchdog.py COMMAND ...` runs a command until it ends, or standard input does: then it is killed with its children.

A worker that is killed itself cannot end the client it started, which would go on fetching for nobody; but the system
closes the worker's end of this standard input. It needs a process group of its own. The exit code is the command's.
"""

import os
import signal
import subprocess
import sys
import threading


def _end_with_owner() -> None:
    while os.read(0, 1):
        pass
    if sys.platform == "win32":
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(os.getpid())], capture_output=True, check=False)
    else:
        os.killpg(0, signal.SIGKILL)


def main() -> None:
    # its standard input stays open as long as this process lives: some clients watch it themselves
    child = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE)
    threading.Thread(target=_end_with_owner, daemon=True).start()
    code = child.wait()
    os._exit(code if code >= 0 else 128 - code)


if __name__ == "__main__":
    main()
