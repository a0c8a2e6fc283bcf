"""Starts emgui: `python main.py` is the same as the `emgui` command."""

import sys

if __name__ == "__main__":
    try:
        from emgui.__main__ import main

        status = main()
    except KeyboardInterrupt:  # while the program was still being loaded
        status = 130
    sys.exit(status)
