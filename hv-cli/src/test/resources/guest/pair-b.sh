# The other end: pings, fetches the file, says so.
ip addr add 10.0.0.2/24 dev eth0
ip link set eth0 up
check ping await ping -c 1 -W 1 10.0.0.1
check large-ping ping -c 3 -s 1400 10.0.0.1
fetch() { nc 10.0.0.1 99 > /tmp/got; [ -s /tmp/got ]; }
check fetched await fetch
check whole sh -c 'seq 1 100000 | cmp - /tmp/got'
tell() { echo done | nc 10.0.0.1 98; }
check told await tell
