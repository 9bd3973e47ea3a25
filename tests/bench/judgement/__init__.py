"""Albums in many styles, and a table of what a mastering engineer would look at: see `__main__.py`."""

import os

# Set before numpy is first imported. Borders are judged in threads, and where BLAS begins more of its own in each, a
# prediction over a border takes ten times as long.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
