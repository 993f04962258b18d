# A disk, a disk that keeps nothing, two adapters, the second of which may not change its address. The host does something every four
# seconds from 40 s on.
mkdir -p /var/lib/hyperv
hv_kvp_daemon
pool() { tr '\0' '\n' < /var/lib/hyperv/.kvp_pool_$1 | grep .; }
# behind each text the daemon leaves what was in its memory
follows() { equals "$(pool 3 | grep -A 1 -x "$1" | tail -n 1)" "$2"; }
sixteen() { equals "$(pool 3 | grep -c -x -E '(HostName|HostingSystem[A-Za-z]+|PhysicalHostName[A-Za-z]*|VirtualMachine[A-Z][A-Za-z]+)')" 16; }
check host-records await sixteen
check host-name follows HostName hv
check os-major follows HostingSystemOsMajor 10
check machine-name follows VirtualMachineName guest
check machine-id sh -c "tr '\\0' '\\n' < /var/lib/hyperv/.kvp_pool_3 | grep -E '^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}\$'"

check contents content
await lun 1
hello=$(lun 0) snapshot=$(lun 1)
remember() { dd if=/dev/zero of=$snapshot bs=64k count=16 conv=fsync; }
check snapshot-written remember
check snapshot-reads-back sh -c "echo 3 > /proc/sys/vm/drop_caches; [ \"\$(dd if=$snapshot bs=64k count=16 | tr -d '\\0' | wc -c)\" = 0 ]"
check snapshot-below sh -c "dd if=$snapshot bs=1 skip=2097152 count=5 | grep -q above"

address() { ip link set $1 down; ip link set $1 address $2 && ip link set $1 up && equals "$(cat /sys/class/net/$1/address)" $2; }
forbidden() { ! address $1 $2; }
check address-changes address eth0 02:11:22:33:44:55
check address-forbidden forbidden eth1 02:11:22:33:44:66
ip link set eth1 up

key() { pool 0 | grep -q '^green$'; }
no_key() { ! key; }
check pair-comes await key
check pair-goes await no_key
nmis() { grep NMI: /proc/interrupts | awk '{ print $2 }'; }
before=$(nmis)
more_nmis() { [ "$(nmis)" -gt "$before" ]; }
check nmi await more_nmis
echo 1 > /proc/sys/kernel/sysrq
# the console's port listens while somebody has it open for reading
sleep 1000 < /dev/ttyS0 &
check sysrq await said 'sysrq: HELP'
carrier() { equals "$(cat /sys/class/net/$1/carrier)" $2; }
check link-down await carrier eth0 0
check other-link carrier eth1 1
check link-up await carrier eth0 1
check adapter-comes await test -e /sys/class/net/eth2
check adapter-goes await gone /sys/class/net/eth2
seconds() { cut -d . -f 1 /proc/uptime; }
paused() {
    last=$(seconds)
    while [ "$last" -lt 180 ]; do
        now=$(seconds)
        [ $((now - last)) -ge 15 ] && return 0
        last=$now
        sleep 0.2
    done
    echo "never more than a moment until $last"
    return 1
}
check pause paused
check disk-goes await gone $hello
back() { for d in /dev/sd?; do head -c 11 $d | grep -q 'hello guest' && return 0; done; return 1; }
check disk-comes-back await back
check quiet sh -c '! dmesg | grep -E "Call Trace|WARNING:|BUG:|I/O error"'
echo WAITING
sleep 1000
echo NOT-REACHED
