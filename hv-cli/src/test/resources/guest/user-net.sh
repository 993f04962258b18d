# Behind passt: a lease, name resolution when there is a name, TCP to the host's loopback and from it.
for word in $(cat /proc/cmdline); do
    case $word in
        port=*) port=${word#*=} ;;
        name=*) wanted=${word#*=} ;;
    esac
done
check lease udhcpc -i eth0 -n -q -t 10
check address sh -c 'ip -4 addr show dev eth0 | grep -q "inet "'
router=$(ip route | sed -n 's/^default via \([^ ]*\).*/\1/p')
check route test -n "$router"
check name-server grep -q '^nameserver ' /etc/resolv.conf
[ -n "$wanted" ] && check name nslookup "$wanted"
# the other end closes first: passt (2023) forgets its close once it has seen the guest's
ask() { equals "$(sleep 10 | nc -w 20 "$router" "$port")" "hello guest"; }
check out ask
{ echo "hello host"; sleep 10; } | nc -l -p 22 > /tmp/heard 2>&1 &
server=$!
# passt (2023) leaves a connection open that the guest refused, so nobody may come before there is somebody who listens; and before
# 2023-09-22 it ends a handshake with the guest only when the host's side has something to say, so that one speaks first, as in SSH
check listens await grep -q ':0016 0*:0000 0A ' /proc/net/tcp /proc/net/tcp6
echo SERVING
check in wait $server
check heard grep -q '^hello server$' /tmp/heard
