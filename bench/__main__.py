"""Every measurement, one after the other: `make bench`.

Figures that were kept go to docs/measurements.md at the end.
"""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
RUNS = [
    ["review.py"],
    ["review.py", "--database", "postgres"],
    ["sync_store.py"],
    ["sync_store.py", "--database", "postgres"],
    ["twelvelabs_sync.py"],
    ["csv_export.py"],
    ["csv_export.py", "--database", "postgres"],
    ["deck.py"],
    ["alike.py"],
    ["download.py"],
    ["download.py", "--database", "postgres"],
    ["grid_page.py"],
    ["grid_page.py", "--database", "postgres"],
    ["shapes.py"],
    ["shapes.py", "--database", "postgres"],
    ["imports.py"],
    ["imports.py", "--database", "postgres"],
    ["bulk.py"],
    ["bulk.py", "--database", "postgres"],
    ["insights_page.py"],
    ["insights_page.py", "--database", "postgres"],
    ["counter_triggers.py"],
    ["counter_triggers.py", "--database", "postgres"],
    ["lists.py"],
    ["lists.py", "--database", "postgres"],
    ["rest.py"],
]

for script, *options in RUNS:
    print(f"\n── {script} {' '.join(options)}", flush=True)
    subprocess.run([sys.executable, str(HERE / script), *options], check=True)

subprocess.run([sys.executable, "-m", "bench.figures"], cwd=HERE.parent, check=True)
