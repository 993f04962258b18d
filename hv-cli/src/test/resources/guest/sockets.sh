insmod /lib/modules/vsock.ko && insmod /lib/modules/hv_sock.ko
check "sockets over VMBus" [ $? = 0 ]
/etc/hv/vsock echo 5000 &
listener=$!
/etc/hv/vsock connect 2 6001 </dev/null 2>/dev/null
check "a port of the host that nobody listens on is refused" [ $? = 11 ]
head -c 1000000 /bin/busybox >/tmp/bytes
/etc/hv/vsock connect 2 6000 </tmp/bytes >/tmp/answer
check "a port of the host is reached" [ $? = 0 ]
check "all bytes came back" cmp /tmp/bytes /tmp/answer
wait $listener
check "a port of the guest was reached" [ $? = 0 ]
# Connections that stay open while much else is done, with bytes on their way in both directions that nobody takes
busy() { i=0; while [ $i -lt 60000 ]; do i=$((i + 1)); done; }
mkfifo /tmp/way
/etc/hv/vsock connect 2 6002 </tmp/way | (busy; wc -c >/tmp/answer) &
slow=$!
exec 3>/tmp/way
cat /tmp/bytes >&3 &
busy
wait $!
exec 3>&-
wait $slow
check "bytes that waited came" equals "$(cat /tmp/answer)" 600000
