# An NVMe controller, of the bare machine or assigned through virtual PCI: two namespaces, written and read in a random order, trimmed, and described.
if dmesg | grep -q 'Hypervisor detected: Microsoft'; then
    insmod /lib/modules/pci_hyperv_intf.ko 2> /dev/null
    insmod /lib/modules/pci_hyperv.ko 2> /dev/null
fi
await sh -c '[ -b /dev/nvme0n1 ] && [ -b /dev/nvme0n2 ]'
# newer kernels look for namespaces side by side: their names need not be in the order of their numbers
namespace() { for each in /sys/block/nvme0n*; do [ "$(cat "$each/nsid")" = "$1" ] && echo "/dev/${each##*/}"; done; }
first=$(namespace 1)
second=$(namespace 2)
pattern() {
    dd if=/dev/urandom of=/tmp/pattern bs=64k count=32 2> /dev/null
    for piece in 17 3 29 8 0 31 12 25; do
        dd if=/tmp/pattern of=$first bs=64k skip=$piece seek=$((piece + 32)) count=1 conv=notrunc 2> /dev/null || return 1
    done
    sync
    echo 3 > /proc/sys/vm/drop_caches
    for piece in 0 3 8 12 17 25 29 31; do
        equals "$(dd if=$first bs=64k skip=$((piece + 32)) count=1 2> /dev/null | md5sum)" "$(dd if=/tmp/pattern bs=64k skip=$piece count=1 2> /dev/null | md5sum)" || return 1
    done
}
trimmed() {
    blkdiscard -o 2097152 -l 65536 $first || return 1
    echo 3 > /proc/sys/vm/drop_caches
    equals "$(dd if=$first bs=64k skip=32 count=1 2> /dev/null | md5sum)" "$(dd if=/dev/zero bs=64k count=1 2> /dev/null | md5sum)"
}
protected() { ! dd if=/dev/zero of=$second bs=4k count=1; }
queues() { [ "$(grep -c 'nvme0q[1-9]' /proc/interrupts)" = "$(nproc)" ]; }
reset() {
    echo 1 > /sys/class/nvme/nvme0/reset_controller || return 1
    await sh -c 'grep -q live /sys/class/nvme/nvme0/state'
}

check contents sh -c "head -c 10 $first | grep -q 'hello nvme'"
check second sh -c "head -c 12 $second | grep -q 'hello second'"
check written pattern
check trimmed trimmed
check protected protected
check vectors queues
if [ -d /sys/bus/vmbus ]; then
    check virtual-bus said 'PCI VMBus probing'
else
    check bridge said 'PCI bridge to \[bus 01\]'
fi
check reset reset
check after-reset sh -c "head -c 10 $first | grep -q 'hello nvme'"
