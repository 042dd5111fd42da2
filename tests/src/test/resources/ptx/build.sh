#!/usr/bin/env bash
# Compiles the programs that test the emulator, as kernels/build.sh does the kernels.
set -euo pipefail
cd "$(dirname "$0")"
nvcc=${NVCC:-$(command -v nvcc || echo /usr/local/cuda/bin/nvcc)}
for cu in *.cu; do
  "$nvcc" -std=c++17 -O3 -arch=compute_80 -lineinfo -ptx "$cu" -o "${cu%.cu}.tmp"
  sed -e 's/^\.version .*/.version 8.0/' -e "s#\"[^\"]*/\([^/\"]*\)\"#\"\1\"#" "${cu%.cu}.tmp" > "${cu%.cu}.ptx"
  rm "${cu%.cu}.tmp"
done
