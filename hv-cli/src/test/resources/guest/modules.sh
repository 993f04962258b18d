# From the initrd: the modules of all devices go and come back, twice. (hv_vmbus itself stays: Linux stops its timers with it.)
unload() { rmmod hv_netvsc && rmmod hv_storvsc && rmmod hv_utils; }
load() { insmod /lib/modules/hv_utils.ko && insmod /lib/modules/hv_storvsc.ko && insmod /lib/modules/hv_netvsc.ko; }
content() { head -c 11 /dev/sda | grep -q 'hello guest'; }

check disk-there await test -b /dev/sda
for round in 1 2; do
    check "unload-$round" unload
    check "disk-gone-$round" gone /dev/sda
    check "load-$round" load
    check "disk-$round" await test -b /dev/sda
    check "content-$round" content
done
check quiet sh -c '! dmesg | grep -E "Call Trace|WARNING:|BUG:|I/O error"'
