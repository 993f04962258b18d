# An assigned NVMe controller under processors that run at the same time: each writes and reads a quarter of its own, directly, in an order of its own.
for m in pci_hyperv_intf pci_hyperv; do insmod /lib/modules/$m.ko 2> /dev/null; done
await sh -c '[ -b /dev/nvme0n1 ]'
d=/dev/nvme0n1
dd if=/dev/urandom of=/tmp/pattern bs=64k count=64 2> /dev/null
worker() {
    for piece in $2; do
        taskset $((1 << $1)) dd if=/tmp/pattern of=$d bs=64k skip=$piece seek=$(($1 * 64 + piece)) count=1 conv=notrunc oflag=direct 2> /dev/null || exit 1
    done
}
reader() {
    for piece in $2; do
        equals "$(taskset $((1 << $1)) dd if=$d bs=64k skip=$(($1 * 64 + piece)) count=1 iflag=direct 2> /dev/null | md5sum)" "$(dd if=/tmp/pattern bs=64k skip=$piece count=1 2> /dev/null | md5sum)" || exit 1
    done
}
all() {
    what=$1
    pids=
    for p in 0 1 2 3; do
        $what $p "$(seq 0 63 | awk -v s=$p 'BEGIN { srand(s) } { print rand(), $1 }' | sort -n | cut -d' ' -f2 | head -12)" & pids="$pids $!"
    done
    for p in $pids; do wait $p || return 1; done
}
queues() { [ "$(grep -c 'nvme0q[1-9]' /proc/interrupts)" = 4 ]; }
check processors equals "$(nproc)" 4
check queues queues
check written all worker
check read all reader
