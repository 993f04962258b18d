# The drivers of adapter, disk and integration components go and come back 100 times.
devices="hv_netvsc hv_storvsc hv_utils"
load() { for m in $1; do insmod /lib/modules/$m.ko || return 1; done; }
unload() { for m in $1; do rmmod $m || return 1; done; }
await test -b /dev/sda
reloads() {
    n=0
    while [ $n -lt 100 ]; do
        n=$((n + 1))
        unload "$devices" && load "$devices" && await test -b /dev/sda && await test -e /sys/class/net/eth0 || { echo "round $n"; return 1; }
    done
}
check reloads reloads
check adapter adapter
check disk dd if=/dev/sda of=/dev/null bs=64k count=16
check quiet sh -c '! dmesg | grep -E "Call Trace|WARNING:|BUG:|I/O error"'
