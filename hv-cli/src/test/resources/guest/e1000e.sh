# Two adapters of e1000e at one switch, of the bare machine or assigned through virtual PCI: the second is given a network of its own, and they talk.
apart
carrier() { equals "$(cat /sys/class/net/eth0/carrier)" "$1"; }
both() { carrier 1 && there ping -c 1 -W 1 10.0.0.1; }
count() { ethtool -S eth0 | sed -n "s/^ *$1: //p"; }
more() { [ "$(count $1)" -gt "$2" ] || { echo "$1: $(count $1)"; return 1; }; }
seq 1 600000 > /tmp/sent
sum=$(md5sum < /tmp/sent)
httpd -p 80 -h /tmp
there httpd -p 80 -h /tmp
# a file each way, whole
passes() {
    equals "$(there wget -q -O - http://10.0.0.1/sent | md5sum)" "$sum" && equals "$(wget -q -O - http://10.0.0.2/sent | md5sum)" "$sum"
}
features() { for f in rx-checksumming tcp-segmentation-offload tx-vlan-offload receive-hashing; do ethtool -k eth0 | grep -q "^$f: on" || { echo $f; return 1; }; done; }
interrupts() {
    case $(cat /proc/cmdline) in
        *IntMode=0*) grep -q 'IO-APIC.*eth0' /proc/interrupts ;;
        *IntMode=1*) equals "$(grep -c eth0 /proc/interrupts)" 1 && grep 'eth0' /proc/interrupts | grep -q MSI ;;
        *) equals "$(grep -c eth0 /proc/interrupts)" 3 ;;
    esac
}
without() { ethtool -K eth0 tx off rx off tso off sg off && passes; }
again() { ethtool -K eth0 tx on rx on sg on tso on && passes; }
jumbo() {
    ip link set eth0 mtu 9000 && there ip link set eth1 mtu 9000 && await both && there ping -c 2 -W 2 -s 8900 10.0.0.1 && passes
}
rings() { ethtool -G eth0 rx 512 tx 1024 && await both && ethtool -g eth0 | grep -q 'RX:.*512' && passes; }
# the driver's own tests; that of interrupts wants the pin, which virtual PCI has not
selftest() {
    ethtool -t eth0 offline > /tmp/tested 2>&1
    [ -d /sys/bus/vmbus ] && sed -i '/^Interrupt/d' /tmp/tested
    cat /tmp/tested
    ! grep -q 'line).*[1-9]$' /tmp/tested && [ "$(grep -c 'line)' /tmp/tested)" -ge 4 ] && await both
}
unloaded() { rmmod e1000e && insmod /lib/modules/e1000e.ko && await sh -c '[ -e /sys/class/net/eth0 ]' && ip link set eth0 up && await carrier 1; }

check there await both
check vectors interrupts
check ping ping -c 3 -W 2 10.0.0.2
check features features
check tcp passes
check segmented more tx_tcp_seg_good 20
check counted more rx_bytes 4000000
check checked more rx_csum_offload_good 100
check no-offloads without
check offloads again
check jumbo jumbo
check rings rings
echo CABLE-OUT
check down await carrier 0
echo CABLE-IN
check up await both
check selftest selftest
check after passes
check unloaded unloaded
