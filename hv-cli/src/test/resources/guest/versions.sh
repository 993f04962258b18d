# From the initrd, with a disk and a network adapter: hv_vmbus connects in every version of the protocol that Linux knows. The first is on
# the kernel's command line, for the others the modules are loaded anew. Each has storage, network and heartbeat at work.
devices="hv_netvsc hv_storvsc hv_utils"
again() {
    rmmod $devices hv_vmbus && dmesg -c > /dev/null || return 1
    for m in "hv_vmbus.ko max_version=$1" hv_utils.ko hv_storvsc.ko hv_netvsc.ko; do
        insmod /lib/modules/$m || return 1
    done
}
copy() {
    dd if=/dev/urandom of=/tmp/random bs=64k count=4 && dd if=/tmp/random of=/dev/sda bs=64k seek=1 conv=fsync || return 1
    echo 3 > /proc/sys/vm/drop_caches
    dd if=/dev/sda of=/tmp/back bs=64k skip=1 count=4 && cmp /tmp/random /tmp/back
}
# the heartbeat channel was interrupted, and has answered
beats() { cat $(dirname $(grep -l 57164f39 /sys/bus/vmbus/devices/*/class_id))/channels/*/$1; }
more() { [ $(beats interrupts) -gt $1 ] && [ $(beats events) -gt $2 ]; }
# a change of size closes the adapter's channels and opens them again
anew() { ip link set eth0 mtu 1400 && adapter; }
# from 4.1 on, in older versions Linux refuses
last=$(($(nproc) - 1))
moves() { case $1 in 2.4 | 3.0 | 4.0) ! move $last ;; *) move $last ;; esac; }
quiet() { ! dmesg | grep -E "Call Trace|WARNING:|BUG:|I/O error"; }
works() {
    check "version-$1" said "Vmbus version:$1\$"
    check "disk-$1" await test -b /dev/sda
    check "content-$1" content
    check "adapter-$1" adapter
    check "anew-$1" anew
    check "moves-$1" moves $1
    check "copy-$1" copy
    check "heartbeat-$1" await said 'Heartbeat IC version'
    check "beats-$1" await more "$(beats interrupts)" "$(beats events)"
    check "quiet-$1" quiet
}

works 2.4
check timers switch_timers
# major version in the upper half, minor in the lower
for version in 196608=3.0 262144=4.0 262145=4.1 327680=5.0 327681=5.1 327682=5.2 327683=5.3; do
    check "load-${version#*=}" again ${version%=*}
    works ${version#*=}
done
# below 2.4 Linux itself has nothing to offer
too_old() { rmmod $devices hv_vmbus && ! insmod /lib/modules/hv_vmbus.ko max_version=65537; }
check too-old too_old
