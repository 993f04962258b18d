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
