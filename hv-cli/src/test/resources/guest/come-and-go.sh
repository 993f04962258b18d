# A SCSI controller with its disk, an adapter and an NVMe controller that the host takes away and gives back 20 times, while each is in use.
insmod /lib/modules/pci_hyperv_intf.ko 2> /dev/null
insmod /lib/modules/pci_hyperv.ko 2> /dev/null
controller() { head -c 10 /dev/nvme*n1 2> /dev/null | grep -q 'hello nvme'; }
disk() { head -c 11 /dev/sd? 2> /dev/null | grep -q 'hello guest'; }
network() { for each in /sys/class/net/eth*; do ip link set "${each##*/}" up && [ "$(cat "$each/carrier")" = 1 ] && return; done; return 1; }
check disk await disk
check network await network
check controller await controller
load() {
    until [ -f /tmp/enough ]; do
        "$@" > /dev/null 2>&1
        sleep 0.4
    done
}
# one reader for each kind: an error of one disk must not keep the other idle
reads() { for each in $1; do dd if=$each of=/dev/null iflag=direct bs=64k count=8; done; }
frames() { network && ping -c 1 -w 1 -I "${each##*/}" 255.255.255.255; }
load reads '/dev/sd?' &
load reads '/dev/sd?' &
load reads '/dev/nvme*n1' &
load frames &
turn=0
while [ $turn -lt 20 ]; do
    turn=$((turn + 1))
    echo "take-$turn."
    sleep 2
    echo "give-$turn."
    sleep 1
done
touch /tmp/enough
wait
check disk-again await disk
check network-again await network
check controller-again await controller
check alive [ "$(dmesg | grep -c 'BUG:\|Oops\|hung task')" = 0 ]
