"""Compiles the kernels: `python -m core.kernels`, in the background with a low priority."""

import os
import sys

from core.kernels.compiling import BACKGROUND, compile_all

if BACKGROUND in sys.argv and hasattr(os, "nice"):
    os.nice(10)
compile_all()
