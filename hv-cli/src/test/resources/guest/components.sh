# Integration components: pairs, addresses, file copies, and each of them taken away and given back while there is something to do. With no-fcopy the release has no daemon for copies.
ip link set eth0 up
mkdir -p /small
mount -t tmpfs -o size=256k none /small
hv-daemons
check host-records await grep -q VirtualMachineName /var/lib/hyperv/.kvp_pool_3
echo STEP pairs
check pair await grep -q greeting /var/lib/hyperv/.kvp_pool_0
check pair-of-guest await grep -q colour /var/lib/hyperv/.kvp_pool_1
deleted() { ! tr '\0' ' ' < /var/lib/hyperv/.kvp_pool_1 | grep -q colour; }
echo STEP delete
check pair-deleted await deleted
echo STEP address
address() { ip addr show dev eth0 | grep -q '10.9.8.7/24'; }
check address await address
check route await sh -c 'ip route | grep -q "default via 10.9.8.1"'
check name-server await grep -q 10.9.8.2 /etc/resolv.conf
if [ -z "$NO_FCOPY" ]; then
    echo STEP copy
    whole() { [ "$(sha256sum < /srv/data/ten)" = "$SUM  -" ]; }
    check ten-megabytes await whole
    echo STEP refused
    check the-next-one await [ -e /srv/next ]
    check not-overwritten whole
    echo STEP overwrite
    check overwritten await grep -qx small /srv/data/ten
    check next-after-a-full-disk await [ -e /srv/after ]
    # the newer daemon does not know what it is to cancel a copy
    if [ -x /sbin/hv_fcopy_daemon ]; then
        check nothing-of-a-full-disk gone /small/ten
        check nothing-of-a-cancelled-copy gone /srv/cancelled
    fi
fi
# components come and go from 60 s to 66 s
uptime() { [ "$(cut -d. -f1 /proc/uptime)" -ge "$1" ]; }
await uptime 55
while :; do dd if=/dev/zero of=/tmp/load bs=64k count=16 2>/dev/null; sha256sum /tmp/load > /dev/null; sleep 0.01; done &
load=$!
await uptime 68
kill $load
back() { [ "$(ls -d /sys/bus/vmbus/drivers/hv_utils/*-*-* | wc -l)" -ge "$1" ]; }
check all-are-back await back 5
killall hv_kvp_daemon hv_vss_daemon hv_fcopy_daemon hv_fcopy_uio_daemon 2> /dev/null
# what is killed lets go of its device a moment later
sleep 1
hv-daemons
sleep 1
echo STEP again
check pair-after-all-that await grep -q again /var/lib/hyperv/.kvp_pool_0
[ -z "$NO_FCOPY" ] && check copy-after-all-that await grep -qx small /srv/again
echo STEP end
sleep 60
echo NOT-REACHED
