"""Has real Keras check files that ibex wrote: one line of JSON in for each (the checker's arguments), its verdict out.

    python checkWithKeras.py CHECKER < lines
"""
import importlib.util
import json
import sys

spec = importlib.util.spec_from_file_location("checker", sys.argv[1])
checker = importlib.util.module_from_spec(spec)
spec.loader.exec_module(checker)
for line in sys.stdin:
    print("checking", line.strip())
    checker.run(["--quiet", *json.loads(line)])
    sys.stdout.flush()
