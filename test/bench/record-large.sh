#!/usr/bin/env bash
# record-large.sh OUTDIR CONNECTIONS: the same load twice, for the benchmark: by perf (perf.data), by tracefs (trace.dat and trace.txt)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=$(mkdir -p "$1" && cd "$1" && pwd)
connections=$2
mountpoint -q /sys/kernel/tracing || mount -t tracefs none /sys/kernel/tracing
instance=/sys/kernel/tracing/instances/acceptq-bench
trap 'rmdir "$instance" 2>/dev/null || true' EXIT
gcc -O2 -o "$out/acceptload" "$here/../fixture/record/acceptload.c" -pthread
events=$(node "$here/../../dist/cli/main.js" probe ftrace --tier standard | sed -n 's,^echo 1 > events/\(.*\)/enable,\1,p')
load="ip link set lo up; $out/acceptload --connections $connections --backlog 128"
perf_events=$(echo "$events" | tr / : | paste -sd,)
unshare --net sh -c "ip link set lo up; perf record -a -m 4096 -k mono -o $out/perf.data -e $perf_events -- $out/acceptload --connections $connections --backlog 128" >/dev/null 2>&1
mkdir "$instance"
echo mono >"$instance/trace_clock"
echo 262144 >"$instance/buffer_size_kb"
for event in $events; do echo 1 >"$instance/events/$event/enable"; done
unshare --net sh -c "$load" >/dev/null
echo 0 >"$instance/tracing_on"
cp "$instance/trace" "$out/trace.txt"
trace-cmd extract -B acceptq-bench -o "$out/trace.dat" >/dev/null 2>&1
