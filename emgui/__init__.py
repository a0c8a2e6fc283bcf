"""The window."""

import os

# Threads are the program's own (core.engine): a linear algebra that starts more waits for them, spinning.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
