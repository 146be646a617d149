"""Has real Keras check files that ibex wrote: one line of JSON in for each, the checker's verdict out.

    python checkWithKeras.py CHECKER < lines

{"args": [...], "back": path}: the checker's arguments; where Keras saves the model again as soon as it has loaded it, if said.
{"file": path, "back": path}: no checker, only loaded and saved again.
"""
import importlib.util
import json
import sys
import traceback

spec = importlib.util.spec_from_file_location("checker", sys.argv[1])
checker = importlib.util.module_from_spec(spec)
spec.loader.exec_module(checker)

import keras
import tensorflow as tf

# Small models run sooner than they are traced.
tf.config.run_functions_eagerly(True)
back = None
load_model = keras.saving.load_model


def load_and_save(path, **options):
    model = load_model(path, **options)
    if back:
        model.save(back)
    return model


keras.saving.load_model = load_and_save
for line in sys.stdin:
    asked = json.loads(line)
    back = asked.get("back")
    print("checking", line.strip())
    if "args" in asked:
        checker.run(["--quiet", *asked["args"]])
    else:
        try:
            load_and_save(asked["file"])
            print("PASS", asked["file"])
        except Exception as e:
            traceback.print_exc()
            print("FAIL", asked["file"], type(e).__name__, " ".join(str(e).split())[:500])
    keras.backend.clear_session()
    sys.stdout.flush()
