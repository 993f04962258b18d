# Two adapters at one switch, each with an adapter of VLAN 5 on it (8021q): what is tagged reaches the other's VLAN, and nothing else does.
apart
for m in llc stp garp mrp 8021q; do [ -e /lib/modules/$m.ko ] && insmod /lib/modules/$m.ko 2> /dev/null; done
tagged() {
    ip link add link eth0 name tag0 type vlan id 5 && ip addr add 10.5.0.1/24 dev tag0 && ip link set tag0 up
    there ip link add link eth1 name tag1 type vlan id 5 && there ip addr add 10.5.0.2/24 dev tag1 && there ip link set tag1 up
    await there ping -c 1 -W 1 10.5.0.1
}
seq 1 200000 > /tmp/sent
sum=$(md5sum < /tmp/sent)
httpd -p 80 -h /tmp
file() { equals "$(there wget -q -O - http://10.5.0.1/sent | md5sum)" "$sum"; }
# untagged traffic goes on beside it
plain() { equals "$(there wget -q -O - http://10.0.0.1/sent | md5sum)" "$sum"; }
other() {
    there ip link add link eth1 name tag2 type vlan id 6 && there ip addr add 10.6.0.2/24 dev tag2 && there ip link set tag2 up
    ip addr add 10.6.0.1/24 dev tag0
    ! there ping -c 2 -W 1 10.6.0.1
}
counted() { [ "$(cat /sys/class/net/tag0/statistics/tx_bytes)" -gt 1280000 ]; }
check tagged tagged
check file file
check plain plain
check counted counted
check other other
