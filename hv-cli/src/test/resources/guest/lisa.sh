# What Microsoft's tests for Linux guests (LISA, its predecessor) ask of a host, where no other test here does: four processors, a disk, two adapters at one switch.
apart
mkdir /tmp/files /tmp/log
seq 1 20000 > /tmp/files/sent
sum=$(md5sum < /tmp/files/sent)
there httpd -p 80 -h /tmp/files
await test -b /dev/sda
await ping -c 1 -W 1 10.0.0.2

# -- core
# file copy is for a daemon since 6.10
bound() { for d in /sys/bus/vmbus/devices/*; do [ -e $d/driver ] || grep -q 34d14be3 $d/class_id || { echo "no driver for $(cat $d/class_id)"; return 1; }; done; }
spread() { equals "$(awk '/HYP:/ { for (i = 2; i <= 5; i++) if ($i > 0) n++ } END { print n + 0 }' /proc/interrupts)" 4; }
# lsvmbus: net has a channel a processor (eight at most), storage one for four
vmbus_channels() {
    for d in /sys/bus/vmbus/devices/*; do
        case $(cat $d/class_id) in
            *f8615163*) equals "$(wc -l < $d/channel_vp_mapping)" 4 || return 1 ;;
            *ba6163d9*) equals "$(wc -l < $d/channel_vp_mapping)" 1 || return 1 ;;
        esac
    done
}
heartbeat() { h=$(dirname $(grep -l 57164f39 /sys/bus/vmbus/devices/*/class_id)); equals "$(cat $h/state)" 3; }
clock=/sys/devices/system/clocksource/clocksource0
clocksource() {
    equals "$(cat $clock/current_clocksource)" hyperv_clocksource_tsc_page || return 1
    for c in acpi_pm hyperv_clocksource_tsc_page; do
        echo $c > $clock/current_clocksource && equals "$(cat $clock/current_clocksource)" $c || return 1
        a=$(date +%s); sleep 2; b=$(date +%s)
        [ $((b - a)) -ge 2 ] && [ $((b - a)) -le 3 ] || { echo "$c: $((b - a)) s"; return 1; }
    done
}
ptp() { grep -q hyperv /sys/class/ptp/*/clock_name; }
flags() { grep -q hypervisor /proc/cpuinfo && dmesg | grep -q 'Hypervisor detected: Microsoft Hyper-V'; }
check bound bound
check channels vmbus_channels
check heartbeat heartbeat
check detected flags
check ptp ptp
check clocksource clocksource

# -- processors and channels under load
get() { [ "$(wget -q -O - http://10.0.0.2/sent | md5sum)" = "$sum" ]; }
load() {
    name=$1; shift
    until [ -e /tmp/stop ]; do
        if "$@" > /tmp/err-$name 2>&1; then echo right; else echo wrong; fi >> /tmp/log/$name
        sleep 0.05
    done
}
reads() { dd if=/dev/sda of=/dev/null iflag=direct bs=64k count=4; }
flows() {
    for row in net disk; do
        ! grep -q wrong /tmp/log/$row || { cat /tmp/err-$row; return 1; }
        before=$(wc -l < /tmp/log/$row)
        await sh -c "[ \$(wc -l < /tmp/log/$row) -gt $((before + 1)) ]" || { echo $row stands; return 1; }
    done
}
: > /tmp/log/net
: > /tmp/log/disk
load net get &
load disk reads &
check spread await spread
on() { echo $2 > /sys/devices/system/cpu/cpu$1/online; }
# Linux refuses to take a processor away that has channels, so they move first
idle() { for c in /sys/bus/vmbus/devices/*/channels/*/cpu; do [ "$(cat $c)" != $1 ] || echo 0 > $c; done; }
processors() {
    for round in 1 2; do
        for n in 3 2 1; do
            idle $n
            on $n 0 && equals "$(cat /sys/devices/system/cpu/cpu$n/online)" 0 && flows || { echo "cpu $n off"; return 1; }
        done
        for n in 1 2 3; do on $n 1 && flows || { echo "cpu $n on"; return 1; }; done
    done
}
# channels that move under load, over all processors
wander() {
    for n in 1 2 3 0 3 1 2; do
        for c in /sys/bus/vmbus/devices/*/channels/*/cpu; do [ "$(cat ${c%/channels/*}/state)" != 3 ] || echo $n > $c || return 1; done
        flows || { echo "on processor $n"; return 1; }
    done
}
check processors processors
check wander wander

# -- network
mtu() { for m in 576 1499 4000 9000 1500; do ip link set eth0 mtu $m && there ip link set eth1 mtu $m && equals "$(cat /sys/class/net/eth0/mtu)" $m && flows || { echo mtu $m; return 1; }; done; ! ip link set eth0 mtu 70000; }
jumbo() { ip link set eth0 mtu 9000 && there ip link set eth1 mtu 9000 && await ping -c 3 -s 8900 -W 2 10.0.0.2 && ip link set eth0 mtu 1500 && there ip link set eth1 mtu 1500; }
# frames for somebody else are seen by who is promiscuous
promiscuous() { for n in 1 2 3; do ip link set eth0 promisc on && grep -q . /sys/class/net/eth0/flags && flows && ip link set eth0 promisc off || return 1; done; dmesg | grep -q 'entered promiscuous mode'; }
multicast() { ifconfig eth0 allmulti && echo 0 > /proc/sys/net/ipv4/icmp_echo_ignore_broadcasts && there sh -c 'echo 0 > /proc/sys/net/ipv4/icmp_echo_ignore_broadcasts' && await ping -c 2 -W 2 -I eth0 224.0.0.1 && ifconfig eth0 -allmulti; }
link() { for n in 1 2 3; do ip link set eth0 down && ip link set eth0 up && await ping -c 1 -W 1 10.0.0.2 || return 1; done; }
check mtu mtu
check jumbo jumbo
check promiscuous promiscuous
check multicast multicast
touch /tmp/stop
sleep 2
check link link
# the clock source goes for good, and time goes on
unbound() { echo hyperv_clocksource_tsc_page > $clock/unbind_clocksource && ! grep -q tsc_page $clock/current_clocksource && sleep 1; }
check unbound unbound
check quiet sh -c '! dmesg | grep -E "Call Trace|WARNING:|BUG:|I/O error"'
