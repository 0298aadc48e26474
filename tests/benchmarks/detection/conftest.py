"""What knows the truth is beside the benchmarks: library/."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
