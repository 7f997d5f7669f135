"""`python -m install`, or this file by its path from any folder, as install.sh and run.sh start it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from install.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
