# Eight adapters at one switch, each in a network of its own; everyone reaches everyone.
await sh -c '[ $(ls -d /sys/class/net/eth* | wc -l) = 8 ]'
check eight equals "$(ls -d /sys/class/net/eth* | wc -l)" 8
inside() { who=$1; shift; busybox nsenter -t $who -n "$@"; }
all=
for n in 1 2 3 4 5 6 7 8; do
    busybox unshare -n sleep 100000 &
    p=$!
    await sh -c "! [ /proc/$p/ns/net -ef /proc/$$/ns/net ]"
    ip link set eth$((n - 1)) netns $p
    inside $p ip link set lo up
    inside $p ip addr add 10.0.0.$n/24 dev eth$((n - 1))
    inside $p ip link set eth$((n - 1)) up
    all="$all $p"
done
reach() { for p in $all; do for n in 1 2 3 4 5 6 7 8; do inside $p ping -c 1 -W 2 10.0.0.$n > /dev/null || inside $p ping -c 1 -W 2 10.0.0.$n || return 1; done; done; }
check reach reach
mkdir /tmp/files
seq 1 40000 > /tmp/files/sent
sum=$(md5sum < /tmp/files/sent)
for p in $all; do inside $p httpd -p 80 -h /tmp/files; done
# everyone gets from its neighbour at once, four times
get() { equals "$(inside $1 timeout 60 wget -q -O - http://10.0.0.$2/sent | md5sum)" "$sum"; }
together() {
    for round in 1 2 3 4; do
        n=1
        pids=
        for p in $all; do get $p $((n % 8 + 1)) & pids="$pids $!"; n=$((n + 1)); done
        for p in $pids; do wait $p || return 1; done
    done
}
check together together
check channels equals "$(cat /sys/bus/vmbus/devices/*/channel_vp_mapping | wc -l)" "$(cat /sys/bus/vmbus/devices/*/channel_vp_mapping | sort -u | wc -l)"
check quiet sh -c '! dmesg | grep -E "Call Trace|WARNING:|BUG:"'
