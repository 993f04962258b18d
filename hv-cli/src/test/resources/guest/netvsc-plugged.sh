check flows flows
# the 20 come one after the other, each used before it goes
for n in 01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 19 20; do
    echo "ENTER $n."
    comes() { await sh -c 'ls /sys/class/net | grep -qv -e eth0 -e lo' && new=$(ls /sys/class/net | grep -v -e eth0 -e lo) && ip link set $new up; }
    uses() { ip addr add 10.1.0.$((1$n - 100))/24 dev $new && ip neigh 2> /dev/null; ping -c 1 -W 2 -I $new 10.0.0.2 > /dev/null 2>&1; await sh -c "[ \$(cat /sys/class/net/$new/statistics/tx_packets) -gt 0 ]"; }
    goes() { await sh -c "! [ -e /sys/class/net/$new ]"; }
    check "plugged-$n" comes
    check "used-$n" uses
    echo "LEAVE $n."
    check "unplugged-$n" goes
done
check still flows
touch /tmp/stop
