# The cable is out: no lease, in a time that was asked for. It comes at 120 s: the waiting client gets its lease, the server hears of it.
fails() { ! "$@"; }
carrier() { equals "$(cat /sys/class/net/eth0/carrier 2> /dev/null)" $1; }
check no-lease fails udhcpc -i eth0 -n -q -t 2 -T 1
check no-carrier carrier 0
udhcpc -i eth0 -b -t 2 -T 1 > /dev/null 2>&1
leased() { ip -4 addr show dev eth0 | grep -q 'inet 10.0.0.1'; }
check lease await leased
check carrier carrier 1
check name-server equals "$(cat /etc/resolv.conf)" "nameserver 10.0.0.1"
check route sh -c 'ip route | grep -q "default via 10.0.0.1"'
tell() { echo done | nc 10.0.0.1 98; }
check told await tell
