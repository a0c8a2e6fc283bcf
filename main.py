"""Starts emgui: `python main.py` is the same as the `emgui` command."""

import sys

from emgui.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
