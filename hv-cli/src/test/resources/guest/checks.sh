# Put in front of every script of checks: "check NAME COMMAND…" prints "ok NAME" or "not ok NAME" with what the command said.
check() {
    name=$1
    shift
    if "$@" > /tmp/said 2>&1; then
        echo "ok $name"
    else
        echo "not ok $name: $(head -c 300 /tmp/said | tr '\n' ';')"
    fi
}

# Waits, in the guest's time, until a command succeeds.
await() {
    tries=0
    until "$@" > /dev/null 2>&1; do
        tries=$((tries + 1))
        [ $tries -ge 600 ] && return 1
        sleep 0.2
    done
}

said() { dmesg | grep -q "$@"; }
gone() { ! [ -e "$1" ]; }
equals() { [ "$1" = "$2" ] || { echo "$1 is not $2"; return 1; }; }

# The disk with a LUN: Linux names disks in the order in which it has found them, which may be any.
lun() {
    for found in /sys/bus/scsi/devices/*:0:0:$1/block/*; do
        [ -e "$found" ] && echo "/dev/${found##*/}" && return
    done
    return 1
}

# A disk and a network adapter that come after their modules were loaded.
content() { head -c 11 "$(lun 0)" | grep -q 'hello guest'; }
adapter() { ip link set eth0 up && await sh -c 'ip link show eth0 | grep -q LOWER_UP'; }

# With hv_vmbus Linux stops the synthetic timers, direct ones even while they give the time. So the APIC's take over before; a name means
# the device of the last processor that has one of this name.
switch_timers() {
    n=$(nproc)
    while [ $n -gt 0 ]; do
        n=$((n - 1))
        echo "Hyper-V clockevent" > /sys/devices/system/clockevents/clockevent$n/unbind_device || return 1
        equals "$(cat /sys/devices/system/clockevents/clockevent$n/current_device)" lapic || return 1
    done
}
# channels change processors; those that no driver has opened (state 3) stay where they are
move() {
    for cpu in /sys/bus/vmbus/devices/*/channels/*/cpu; do
        [ "$(cat "${cpu%/channels/*}/state")" = 3 ] || continue
        echo $1 > "$cpu" || return 1
    done
}
# Gives the second adapter a network of its own, 10.0.0.2, where "there" runs commands; the first has 10.0.0.1.
there() { busybox nsenter -t $other -n "$@"; }
apart() {
    await sh -c '[ -e /sys/class/net/eth0 ] && [ -e /sys/class/net/eth1 ]'
    busybox unshare -n sleep 100000 &
    other=$!
    await sh -c "! [ /proc/$other/ns/net -ef /proc/$$/ns/net ]"
    ip link set eth1 netns $other
    ip addr add 10.0.0.1/24 dev eth0
    ip link set eth0 up
    there ip addr add 10.0.0.2/24 dev eth1
    there ip link set eth1 up
}
