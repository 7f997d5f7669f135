"""Run with every Python that install/python.sh and python.bat meet, of any age: exit code 0 means that it will do."""

import sys

if "--without-pip" not in sys.argv:
    # Debian keeps these in a package of their own; a Python that has them is taken first.
    import ensurepip  # noqa: F401
    import ssl  # noqa: F401
    import venv  # noqa: F401

# torch has no 32-bit build.
sys.exit(not ((3, 11) <= sys.version_info[:2] <= (3, 13) and sys.maxsize > 2**32))
