#!/usr/bin/env bash
# Builds the addons in bindings/ for Linux x64, Linux arm64 and macOS arm64 on any Linux machine, with zig as the cross compiler.
# Needs Python with pip, npm, and tfjs-node's sources in node_modules. Run it when tfjs-node or a source in bindings/ changes.
set -euo pipefail
cd "$(dirname "$0")/.."

tensorflow=2.21.0
zig=0.17.0
headers=1.9.0
sources=node_modules/@tensorflow/tfjs-node-gpu/binding
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python3 -m pip install --quiet --no-deps --target "$work/zig" "ziglang==$zig"
npm pack --silent --pack-destination "$work" "node-api-headers@$headers" >/dev/null
tar -xzf "$work"/node-api-headers-*.tgz -C "$work"
# Only TensorFlow's C headers are wanted; they are the same for all platforms.
python3 -m pip download --quiet --no-deps --only-binary=:all: --python-version 3.12 --implementation cp --abi cp312 \
  --platform manylinux_2_27_x86_64 -d "$work" "tensorflow-cpu==$tensorflow"
python3 - "$work" <<'PY'
import glob, sys, zipfile
wheel = zipfile.ZipFile(glob.glob(f'{sys.argv[1]}/tensorflow_cpu-*.whl')[0])
names = [name for name in wheel.namelist() if name.startswith('tensorflow/include/') and name.endswith('.h') and
         ('/tensorflow/c/' in name or 'ctstring' in name or 'tsl_status' in name)]
wheel.extractall(sys.argv[1], names)
PY

compile() { # target, output, further arguments
  local target=$1 output=$2
  shift 2
  PYTHONPATH="$work/zig" python3 -m ziglang c++ -target "$target" -O2 -s -fPIC -shared -std=c++17 -DNAPI_VERSION=8 \
    -I "$work/package/include" -I "$work/tensorflow/include" -o "$output" "$@"
}

build() { # folder, zig's target, library file names, how to find them at run time, how to leave Node's own symbols open
  local folder=bindings/$1 target=$2 cc=$3 framework=$4 rpath=$5 open=$6
  local needed=-Wl,--no-as-needed
  [[ $target == *macos* ]] && needed=
  mkdir -p "$folder" "$work/$1"
  # The linker needs no more of TensorFlow than a library of that name: its 850 MB are not wanted for this.
  for library in "$cc" "$framework"; do
    local name="-Wl,-soname,$library"
    [[ $target == *macos* ]] && name="-Wl,-install_name,@rpath/$library"
    echo | compile "$target" "$work/$1/$library" -nostdlib "$name" -x c++ -
  done
  compile "$target" "$folder/tfjs_binding.node" -I "$sources" "$sources/tfjs_backend.cc" "$sources/tfjs_binding.cc" \
    "-Wl,-rpath,$rpath/tensorflow" "$open" $needed "$work/$1/$cc" "$work/$1/$framework"
  compile "$target" "$folder/mute.node" "$open" bindings/mute.cc
  # Finds TensorFlow by its name among what is loaded: macOS looks there for symbols that are left open.
  local loaded=("$needed" "$work/$1/$cc" "$work/$1/$framework")
  [[ $target == *macos* ]] && loaded=()
  compile "$target" "$folder/session.node" "$open" bindings/session.cc "${loaded[@]}"
  [[ $target == *macos* ]] && return
  # The same for the library that tfjs-node's own install script downloads.
  local stock=libtensorflow.so.2
  echo | compile "$target" "$work/$1/$stock" -nostdlib "-Wl,-soname,$stock" -x c++ -
  compile "$target" "$folder/session-libtensorflow.node" "$open" bindings/session.cc "$needed" "$work/$1/$stock" "$work/$1/$framework"
}

build linux-x64 x86_64-linux-gnu.2.17 libtensorflow_cc.so.2 libtensorflow_framework.so.2 '$ORIGIN' -Wl,--allow-shlib-undefined
build linux-arm64 aarch64-linux-gnu.2.17 libtensorflow_cc.so.2 libtensorflow_framework.so.2 '$ORIGIN' -Wl,--allow-shlib-undefined
build darwin-arm64 aarch64-macos.12.0 libtensorflow_cc.2.dylib libtensorflow_framework.2.dylib @loader_path -Wl,-undefined,dynamic_lookup
ls -l bindings/*/
