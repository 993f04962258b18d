# Suspends to its swap disk and powers off; started again with the same disk, it goes on where it was, with bus, disk, adapter and second processor.
swap=/dev/sda
await test -b $swap
if dd if=$swap bs=1 skip=4086 count=10 2> /dev/null | grep -q S1SUSPEND; then
    # does not come back: the system that was suspended goes on
    echo 8:0 > /sys/power/resume
    echo "not ok resumed"
    exit 1
fi
mkswap $swap > /dev/null
swapon $swap
echo 8:0 > /sys/power/resume
echo shutdown > /sys/power/disk
ip link set eth0 up
beats=$(dmesg | grep -c 'Heartbeat IC version')
began=$(date +%s)
remembered=of-the-first-run
check suspended sh -c 'echo disk > /sys/power/state'
check remembers equals $remembered of-the-first-run
check processors equals "$(nproc)" 2
check reads dd if=$swap of=/dev/null bs=64k count=64 iflag=direct
check adapter await grep -q 1 /sys/class/net/eth0/carrier
check heartbeat await sh -c "[ \$(dmesg | grep -c 'Heartbeat IC version') -gt $beats ]"
# file copy is for a daemon since 6.10
bound() { for d in /sys/bus/vmbus/devices/*; do grep -q 34d14be3 $d/class_id || [ "$(cat $d/state)" = 3 ] || return 1; done; }
check channels bound
passed() { [ $(($(date +%s) - began)) -ge 5 ]; }
check date passed
check quiet sh -c '! dmesg | grep -E "Call Trace|WARNING:|BUG:|I/O error"'
