# From the initrd, two processors, a disk and a network adapter: every module of Hyper-V goes and comes back, twice, the bus's own among
# them. (hv_balloon only comes: it has no exit function, Linux calls it permanent, and after it the bus stays too.)
devices="hv_netvsc hv_storvsc hv_utils"
others="hv_sock hyperv_keyboard hid_hyperv hyperv_fb pci_hyperv"
libraries="vsock hid pci_hyperv_intf"

load() { for m in $1; do insmod /lib/modules/$m.ko || return 1; done; }
unload() { for m in $1; do rmmod $m || return 1; done; }
loaded() { for m in $1; do grep -q "^$m " /proc/modules || return 1; done; }
unloaded() { for m in $1; do ! grep -q "^$m " /proc/modules || return 1; done; }
beats() { equals "$(dmesg | grep -c 'Heartbeat IC version')" $1; }

check disk-there await test -b /dev/sda
check libraries load "$libraries"
check others load "$others"
check timers switch_timers
for round in 1 2; do
    check "unload-$round" unload "$others $devices hv_vmbus"
    check "unloaded-$round" unloaded "$others $devices hv_vmbus"
    check "time-passes-$round" sleep 1
    check "disk-gone-$round" gone /dev/sda
    check "load-$round" load "hv_vmbus $devices $others"
    check "disk-$round" await test -b /dev/sda
    check "content-$round" content
    check "adapter-$round" adapter
    check "heartbeat-$round" beats $((round + 1))
done
check balloon load hv_balloon
check balloon-is-permanent grep -q 'hv_balloon.*\[permanent\]' /proc/modules
check quiet sh -c '! dmesg | grep -E "Call Trace|WARNING:|BUG:|I/O error"'
