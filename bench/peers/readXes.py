"""Reads an XES file into memory once for each line on standard input and answers with the milliseconds it took."""
import sys
import time

import r4pm

for _ in sys.stdin:
    start = time.perf_counter()
    log = r4pm.import_item("EventLog", sys.argv[1])
    print((time.perf_counter() - start) * 1000, flush=True)
    r4pm.remove_item(log)
