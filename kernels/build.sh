#!/usr/bin/env bash
# Compiles kernels/src/main/cuda/*.cu to PTX among the resources. Needs nvcc 12 or newer; the PTX is for sm_80 and says
# ISA 8.0, so that drivers from CUDA 12.0 on take it. With --all unchanged files too; with --check nothing is written, and
# a difference is an error. build.sh MINE.cu ... compiles files of your own, each to a .ptx beside it.
set -euo pipefail
export LC_ALL=C
home=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
sources=$home/src/main/cuda
resources=$home/src/main/resources/dev/langevin/kernels
nvcc=${NVCC:-$(command -v nvcc || echo /usr/local/cuda/bin/nvcc)}
[ -x "$nvcc" ] || { echo "build.sh: nvcc not found; install the CUDA toolkit or set NVCC" >&2; exit 2; }

# A change to the source or to a header changes what is compiled.
digest() {
  cat "$sources"/*.cuh "$1" | sha256sum | cut -c1-16
}

# compile SOURCE PTX
compile() {
  "$nvcc" -std=c++17 -O3 -arch=compute_80 -lineinfo -I "$sources" -ptx "$1" -o "$2.tmp"
  {
    echo "// source $(digest "$1")"
    # The compiler's own path of the source is this machine's; messages need its name. Where a line was inlined stands in a
    # comment: as a directive it kills the PTX compiler of CUDA 12.0, in larger files. The hint which bytes of a load are used
    # is newer than ISA 8.0.
    sed -e 's/^\.version .*/.version 8.0/' -e 's#"[^"]*/\([^/"]*\)"#"\1"#' \
      -e 's#^\(\t\.loc[^,]*\), function_name .*, inlined_at \(.*\)$#\1 // inlined_at \2#' -e '/^\t\.section/,$d' \
      -e '/^\t\.pragma "used_bytes_mask/d' "$2.tmp"
  } > "$2"
  rm "$2.tmp"
}

if [[ ${1:-} == *.cu ]]; then
  for cu in "$@"; do
    compile "$cu" "${cu%.cu}.ptx"
  done
  exit
fi

check=
[ "${1:-}" != --check ] || check=yes
target=$resources
if [ -n "$check" ]; then
  target=$(mktemp -d)
  trap 'rm -rf "$target"' EXIT
fi
mkdir -p "$target"

cd "$sources"
: > "$target/modules.txt"
for cu in *.cu; do
  name=${cu%.cu}
  echo "$name" >> "$target/modules.txt"
  if [ -z "$check" ] && grep -qs "^// source $(digest "$cu")\$" "$target/$name.ptx" && [ "${1:-}" != --all ]; then
    continue
  fi
  compile "$cu" "$target/$name.ptx"
done

if [ -n "$check" ]; then
  version=$("$nvcc" --version | grep -o 'V[0-9][0-9.]*$')
  if ! grep -q "$version" "$resources/fill.ptx"; then
    echo "build.sh: the PTX is another compiler's than $version, so it cannot be compared" >&2
    exit 3
  fi
  # nvcc numbers registers, and orders some of what does not depend on order, differently from run to run in larger files.
  normal() { sed -E 's/%([a-z]+)[0-9]+/%\1/g; s/<[0-9]+>/<>/' "$1" | sort; }
  for file in "$target"/*; do
    cmp -s <(normal "$file") <(normal "$resources/${file##*/}") || { echo "build.sh: ${file##*/} is not that of the sources; run kernels/build.sh" >&2; exit 1; }
  done
fi
