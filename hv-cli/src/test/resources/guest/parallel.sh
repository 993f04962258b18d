check "four processors" equals "$(nproc)" 4
await test -b /dev/sda

# Writes to a place of its own on the disk, past the cache, and reads it back; and forks, which has page tables change under others.
disk() {
    head -c 1048576 /dev/urandom > /tmp/wrote.$1
    dd if=/tmp/wrote.$1 of=/dev/sda bs=64k seek=$((16 * $1)) oflag=direct conv=notrunc 2> /dev/null
    dd if=/dev/sda of=/tmp/read.$1 bs=64k skip=$((16 * $1)) count=16 iflag=direct 2> /dev/null
    cmp /tmp/wrote.$1 /tmp/read.$1
}
forks() {
    n=0
    for i in 1 2 3 4 5 6 7 8 9 10; do
        n=$((n + $(echo $i | cat)))
    done
    equals $n 55
}
worker() { disk $1 && forks && disk $1; }
all_workers() {
    pids=
    for w in 0 1 2 3; do
        worker $w &
        pids="$pids $!"
    done
    for p in $pids; do
        wait $p || return 1
    done
}
check "four workers at once" all_workers
silent() { ! dmesg | grep -E 'soft lockup|stall|Call Trace|BUG|WARNING|clocksource: .*(unstable|skew)'; }
check "the kernel finds nothing wrong" silent
