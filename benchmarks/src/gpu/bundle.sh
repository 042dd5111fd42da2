#!/usr/bin/env bash
# Packs everything that the GPU tests and benchmarks need into one archive for a machine that has a CUDA driver but neither
# Java nor a network. Called as: benchmarks/run bundle [ARCHIVE]
set -euo pipefail
jdk=$1
here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
home=$(cd "$here/../../.." && pwd)
archive=${2:-$home/benchmarks/target/langevin-gpu.tar.xz}
limit=$((48 << 20))
say() { echo "bundle: $*" >&2; }

say "building"
rm -rf "$home/tests/target/bundle" # what an earlier build left
(cd "$home" && mvn -B -q -ntp -Dstyle.color=never -Pbundle -DskipTests -pl tests -am package) >&2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/langevin-gpu
mkdir -p "$root/lib" "$root/mnist"

say "linking a runtime"
# zip-0: what jlink has compressed, xz cannot compress again.
"$jdk/bin/jlink" --output "$root/rt" --compress zip-0 --strip-debug --no-header-files --no-man-pages \
  --add-modules java.base,java.desktop,java.logging,java.management,java.net.http,jdk.incubator.vector,jdk.unsupported

cp "$home"/tests/target/bundle/*.jar "$root/lib/"
cp -R "$home/tests/target/test-classes" "$root/tests"
# Stored instead of deflated, for xz to compress. The PTX compiler as a library is for machines without a driver.
mkdir "$work/jar"
for jar in "$root"/lib/*.jar; do
  (cd "$work/jar" && "$jdk/bin/jar" xf "$jar" && find . -name 'libJNvPTXCompiler*' -delete && "$jdk/bin/jar" c0fM "$jar" .)
  find "$work/jar" -mindepth 1 -delete
done
rmdir "$work/jar"

"$home/langevin" data mnist > /dev/null
mnist=${XDG_CACHE_HOME:-$HOME/.cache}/langevin/mnist
cp "$mnist"/train-*-ubyte "$root/mnist/" # training reads no others

cp "$here/run" "$here/peer.py" "$here/unet.py" "$root/"
commit=$(git -C "$home" rev-parse --short=12 HEAD 2>/dev/null || echo unknown)
[ -z "$(git -C "$home" status --porcelain 2>/dev/null)" ] || commit=$commit+changes
echo "$commit" > "$root/commit"

say "packing"
mkdir -p "$(dirname "$archive")"
if command -v xz > /dev/null; then
  tar -C "$work" --owner=0 --group=0 -cf - langevin-gpu | xz -6 > "$archive.new"
else
  python3 -c 'import sys, tarfile; tarfile.open(sys.argv[2], "w:xz", preset=9).add(sys.argv[1], "langevin-gpu")' "$root" "$archive.new"
fi
bytes=$(wc -c < "$archive.new")
if [ "$bytes" -gt "$limit" ]; then
  say "${archive}.new has $bytes bytes, more than $limit; list it with tar tvf and leave something out"
  exit 1
fi
mv "$archive.new" "$archive"
say "$archive, $((bytes >> 20)) MiB, commit $commit"
