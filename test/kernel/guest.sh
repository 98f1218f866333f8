#!/usr/bin/env bash
# Boots the kernel of a Debian suite in an emulator and runs a program there: guest.sh SUITE OUTDIR PROGRAM [FILE...]
#
# SUITE is bullseye (5.10), bookworm (6.1), trixie (6.12) or sid (7.2). PROGRAM is a shell script, run as root in /in, where it finds
# FILE... (static binaries, data). What it writes below /out comes back in OUTDIR, with its output as OUTDIR/log and the release as
# OUTDIR/release. Needs qemu-system-x86, busybox-static, cpio, zstd, xz-utils; kernels are kept in ACCEPTQ_GUESTS (default: the user's
# cache directory). GUEST_QEMU are further arguments of the emulator. Emulated in software and on one processor, so that softirq work keeps
# its order: a /dev/kvm that hangs is worse than none.
set -euo pipefail
[ $# -ge 3 ] || { sed -n '2,8p' "$0" >&2; exit 2; }
suite=$1 out=$2 program=$3; shift 3
store=${ACCEPTQ_GUESTS:-${XDG_CACHE_HOME:-$HOME/.cache}/acceptq-guests}/$suite
for tool in qemu-system-x86_64 busybox cpio zstd xz; do
  command -v "$tool" >/dev/null || { echo "guest.sh: $tool is missing" >&2; exit 2; }
done
mkdir -p "$store" "$out"

fetch_kernel() {
  local source=$store/sources.list lists=$store/lists mirror image
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -m1 '/debian/$') || return 1
  mkdir -p "$lists/partial"
  echo "deb [trusted=yes] $mirror $suite main" > "$source"
  local apt=(-o "Dir::Etc::SourceList=$source" -o Dir::Etc::SourceParts=- -o "Dir::State::Lists=$lists")
  apt-get "${apt[@]}" -qq update || return 1
  image=$(apt-cache "${apt[@]}" depends linux-image-cloud-amd64 | sed -n 's/.*Depends: \(linux-image[^ ]*\).*/\1/p' | head -n 1)
  local wanted=("$image") extra
  # From 6.16 on the image is split in three packages.
  for part in binary modules; do
    extra=${image/linux-image/linux-$part}
    if apt-cache "${apt[@]}" show "$extra" >/dev/null 2>&1; then wanted+=("$extra"); fi
  done
  (cd "$store" && apt-get "${apt[@]}" -qq download "${wanted[@]}" && for package in ./*.deb; do dpkg -x "$package" tree || exit 1; done && rm -f ./*.deb) || return 1
  find "$store/tree" -name 'vmlinuz*' | grep -q . || return 1
  touch "$store/complete"
}
# A mirror that does not answer at once is asked again.
for _ in 1 2 3; do
  [ -e "$store/complete" ] || fetch_kernel || sleep 10
done
[ -e "$store/complete" ] || { echo "guest.sh: the kernel of $suite cannot be fetched" >&2; exit 2; }

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root"/fs/{bin,dev,proc,sys,tmp,in,out,modules}
cp "$(command -v busybox)" "$root/fs/bin/"
for applet in $(busybox --list); do [ "$applet" = busybox ] || ln -sf busybox "$root/fs/bin/$applet"; done
cp "$program" "$root/fs/in/program"
for file in "$@"; do cp -L "$file" "$root/fs/in/"; done
# The disk that carries the results back is virtio; everything else is built in.
for name in virtio virtio_ring virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_blk; do
  module=$(find "$store/tree" -name "$name.ko*" | head -n 1)
  case $module in
    *.xz) xz -dc "$module" > "$root/fs/modules/$name.ko" ;;
    *.zst) zstd -qdc "$module" > "$root/fs/modules/$name.ko" ;;
    ?*) cp "$module" "$root/fs/modules/$name.ko" ;;
  esac
done
cat > "$root/fs/init" <<'INIT'
#!/bin/sh
export PATH=/bin
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev; mount -t tmpfs -o size=1g out /out
mount -t tracefs tracing /sys/kernel/tracing
for pass in 1 2 3; do for module in /modules/*.ko; do insmod "$module" 2>/dev/null; done; done
ip link set lo up
uname -r > /out/release; uname -v > /out/version
cd /in && sh ./program > /out/log 2>&1; echo $? > /out/status
cd /out && tar cf /tmp/results.tar . && dd if=/tmp/results.tar of=/dev/vda bs=1M conv=fsync 2>/dev/null
poweroff -f
INIT
chmod +x "$root/fs/init"
(cd "$root/fs" && find . | cpio --quiet -o -H newc | gzip -1) > "$root/initrd"
kernel=$(find "$store/tree" -name 'vmlinuz*' | head -n 1)

# A boot that hangs is tried again. Without cmpxchg16b: QEMU 7.2 emulates it wrongly and 6.12 panics.
for _ in 1 2 3; do
  rm -f "$root/disk"; truncate -s 1G "$root/disk"
  timeout "${GUEST_TIMEOUT:-300}" qemu-system-x86_64 -accel tcg -cpu max,-cx16 -m 3072 -smp 1 -nographic -no-reboot \
    -kernel "$kernel" -initrd "$root/initrd" -append 'console=ttyS0 panic=-1 quiet rdinit=/init mitigations=off' \
    -drive "file=$root/disk,format=raw,if=virtio" ${GUEST_QEMU:-} > "$out/console" 2>&1 < /dev/null || true
  if tar xf "$root/disk" -C "$out" 2>/dev/null && [ -e "$out/status" ]; then exit "$(cat "$out/status")"; fi
done
echo "guest.sh: $suite gave no results; its console is $out/console" >&2
exit 1
