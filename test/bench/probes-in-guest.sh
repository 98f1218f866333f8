#!/usr/bin/env bash
# probes-in-guest.sh [SUITE]: what each tier of bpftrace and ftrace costs on a kernel with kprobes, emulated: connections a second, with and without
#
# SUITE as for test/kernel/guest.sh (bookworm). One run: the load without a recorder before and after each recorder. The guest's clock counts
# instructions (-icount), so that other work on this machine changes nothing: what is compared is instructions for a connection. The
# emulated processor is one, so what a recorder does with its records counts as well.
# Needs what guest.sh needs, gcc with a static libc, bpftrace, and acceptq built in dist/.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
suite=${1:-bookworm}
acceptq() { node "$here/../../dist/cli/main.js" "$@"; }
case $suite in
  bookworm) kernel=6.1 ;;
  trixie) kernel=6.12 ;;
  sid) kernel=7.2 ;;
  *) echo "probes-in-guest.sh: no kernel with BTF and kprobes is known for $suite" >&2; exit 2 ;;
esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir -p root/usr/bin
cp -L "$(command -v bpftrace)" root/usr/bin/
ldd root/usr/bin/bpftrace | grep -o '/[^ ]*' | sort -u | while read -r library; do
  mkdir -p "root$(dirname "$library")"
  cp -L "$library" "root$library"
done
tar -C root -cf root.tar .
gcc -O2 -static -o acceptload "$here/../fixture/record/acceptload.c" -pthread
for tier in light standard full; do
  acceptq probe bpftrace --tier "$tier" --kernel "$kernel" >"$tier.bt"
  acceptq probe ftrace --tier "$tier" --kernel "$kernel" --seconds 900 >"$tier.sh"
done

cat >program <<'PROGRAM'
export PATH=/bin:/usr/bin
tar xf root.tar -C / && rm root.tar
mount -t debugfs debug /sys/kernel/debug
connections=4000
rate() {
  read -r before _ < /proc/uptime
  ./acceptload --connections $connections --backlog 128 --port 8181 > /dev/null
  read -r after _ < /proc/uptime
  echo "$1 $(echo "$before $after" | awk -v n=$connections '{ printf "%.0f", n / ($2 - $1) }')" >> /out/rates
}
./acceptload --connections $connections --backlog 128 --port 8181 > /dev/null
rate nothing
for tier in light standard full; do
  rm -f /out/capture.json
  bpftrace -f json -o /out/capture.json $tier.bt > /out/complaints 2>&1 &
  recorder=$!
  seconds=0
  until grep -q '"aq 1 ' /out/capture.json 2>/dev/null; do
    sleep 1
    seconds=$((seconds + 1))
    kill -0 $recorder && [ $seconds -lt 240 ] || { cat /out/complaints; exit 1; }
  done
  sleep 8
  rate "bpftrace-$tier"
  kill -INT $recorder
  wait $recorder
  rate nothing
  sh $tier.sh &
  recorder=$!
  sleep 8
  rate "ftrace-$tier"
  killall sleep
  wait $recorder
  rm -f trace.txt
  rate nothing
done
rm -f /out/capture.json
PROGRAM
GUEST_QEMU="-icount shift=0,sleep=off" GUEST_TIMEOUT=${GUEST_TIMEOUT:-900} bash "$here/../kernel/guest.sh" "$suite" "$work/got" program root.tar acceptload ./*.bt ./*.sh || {
  cat "$work/got/log" "$work/got/console" >&2
  exit 1
}
# best of those without: what slows a run down is other work on the machine
awk -v kernel="$(cat got/release)" '
  $1 == "nothing" { if ($2 > bare) bare = $2; next }
  { order[n++] = $1; rate[$1] = $2 }
  END {
    printf "Linux %s, emulated: %d connections/s without a recorder\n", kernel, bare
    for (k = 0; k < n; k++) printf "recording with %-18s %7d connections/s  %.2f x without\n", order[k], rate[order[k]], rate[order[k]] / bare
  }' got/rates
