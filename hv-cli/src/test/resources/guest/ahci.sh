# SATA disks behind AHCI, of the bare machine or assigned through virtual PCI: written and read in a random order, queued, flushed, and described.
await sh -c '[ -b /dev/sda ] && [ -b /dev/sdb ]'
# disks are found in any order
big=sda
small=sdb
[ "$(cat /sys/block/sda/size)" = 16384 ] || { big=sdb; small=sda; }
pattern() {
    dd if=/dev/urandom of=/tmp/pattern bs=64k count=32 2> /dev/null
    for piece in 17 3 29 8 0 31 12 25; do
        dd if=/tmp/pattern of=/dev/$big bs=64k skip=$piece seek=$((piece + 32)) count=1 conv=notrunc 2> /dev/null || return 1
    done
    sync
    echo 3 > /proc/sys/vm/drop_caches
    for piece in 0 3 8 12 17 25 29 31; do
        equals "$(dd if=/dev/$big bs=64k skip=$((piece + 32)) count=1 2> /dev/null | md5sum)" "$(dd if=/tmp/pattern bs=64k skip=$piece count=1 2> /dev/null | md5sum)" || return 1
    done
}
protected() { ! dd if=/dev/zero of=/dev/$small bs=4k count=1 oflag=direct; }
# four at once, so that commands are queued
several() {
    for part in 0 1 2 3; do
        dd if=/dev/$big of=/tmp/part$part bs=4k skip=$((part * 128)) count=128 iflag=direct 2> /dev/null &
    done
    wait
    equals "$(cat /tmp/part0 /tmp/part1 /tmp/part2 /tmp/part3 | md5sum)" "$(dd if=/dev/$big bs=4k count=512 2> /dev/null | md5sum)"
}

check contents sh -c "head -c 10 /dev/$big | grep -q 'hello sata'"
check second sh -c "head -c 12 /dev/$small | grep -q 'hello second'"
check driver sh -c '[ -d /sys/bus/pci/drivers/ahci ] && grep -q ahci /proc/interrupts'
check queue test "$(cat /sys/block/$big/device/queue_depth)" -ge 31
check written pattern
check several several
check protected protected
