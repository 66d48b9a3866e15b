"""A child of the renderer that can't even start."""

import sys

sys.exit(3)
