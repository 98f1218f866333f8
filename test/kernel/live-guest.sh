#!/usr/bin/env bash
# Live replays on another kernel, in a guest: live-guest.sh SUITE OUTDIR. SUITE as for guest.sh; OUTDIR/log has a line for each workload.
#
# The guest's clock counts instructions, a thousand million a second, and leaps over idle time: other work on this machine makes it last
# longer, and nobody late. Needs what guest.sh needs, acceptq built in dist/, and koffi. Node comes along with the libraries that it loads.
set -euo pipefail
[ $# -eq 2 ] || { sed -n '2,4p' "$0" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/image/acceptq/node_modules" "$work/image/usr/bin" "$2"
node=$(command -v node)
cp "$node" "$work/image/usr/bin/node"
ldd "$node" | grep -o '/[^ ]*' | while read -r library; do
  mkdir -p "$work/image$(dirname "$library")"
  cp -L "$library" "$work/image$library"
done
cp -r "$top/dist" "$top/package.json" "$work/image/acceptq/"
cp -r "$top/node_modules/koffi" "$top/node_modules/@koromix" "$work/image/acceptq/node_modules/"
cp "$here/live-guest.mjs" "$work/image/acceptq/"
mkdir "$work/image/acceptq/workloads"
for recording in acceptload-overflow acceptload-stall ipv6-dual nginx-ab python-http redis-benchmark reuseport; do
  "$node" "$top/dist/cli/main.js" export "$top/test/fixture/perf-data/$recording/perf.data" --to workload \
    --out "$work/image/acceptq/workloads/$recording.json"
done
tar czf "$work/bundle.tgz" -C "$work/image" .
cat > "$work/program" <<'PROGRAM'
cd / && tar xzf /in/bundle.tgz
PATH=/bin:/usr/bin node /acceptq/live-guest.mjs
PROGRAM
GUEST_QEMU=${GUEST_QEMU:--icount shift=0,sleep=off} GUEST_TIMEOUT=${GUEST_TIMEOUT:-1200} bash "$here/guest.sh" "$1" "$2" "$work/program" "$work/bundle.tgz"
