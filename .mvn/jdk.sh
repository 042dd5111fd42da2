# Sourced by the scripts that build and run parts of the project: sets jdk to a JDK 25 or newer, from JAVA_HOME, then the path,
# then the usual places; the same search as the launcher's, which is one file and holds its own.
new_enough() {
  grep -Eqs '^JAVA_VERSION="(2[5-9]|[3-9][0-9])' "$1/release"
}

on_path=$(command -v java || true)
[ -z "$on_path" ] || on_path=$(dirname "$(readlink -f "$on_path" 2> /dev/null || echo "$on_path")")/..
jdk=
for candidate in "${JAVA_HOME:-}" "$on_path" /usr/lib/jvm/* "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/* /opt/java/* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home; do
  if new_enough "$candidate"; then
    jdk=$candidate
    break
  fi
done
[ -n "$jdk" ] || { echo "$(basename "$0"): no JDK 25 or newer found; set JAVA_HOME" >&2; exit 2; }
