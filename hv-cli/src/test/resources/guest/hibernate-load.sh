# Suspends three times while files go both ways over the network and a disk is written and read; each time another run goes on from the swap disk.
await sh -c '[ -b /dev/sda ] && [ -b /dev/sdb ]'
# disks are found in any order
swap=sda
data=sdb
[ "$(cat /sys/block/sda/size)" = 32768 ] && { swap=sdb; data=sda; }
if dd if=/dev/$swap bs=1 skip=4086 count=10 2> /dev/null | grep -q S1SUSPEND; then
    # does not come back: the system that was suspended goes on
    cat /sys/block/$swap/dev > /sys/power/resume
    echo "not ok resumed"
    exit 1
fi
mkswap /dev/$swap > /dev/null
swapon /dev/$swap
cat /sys/block/$swap/dev > /sys/power/resume
echo shutdown > /sys/power/disk
apart
mkdir /tmp/files /tmp/log
seq 1 20000 > /tmp/files/sent
sum=$(md5sum < /tmp/files/sent)
there httpd -p 80 -h /tmp/files
await ping -c 1 -W 1 10.0.0.2
get() { [ "$(timeout 5 wget -q -O - http://10.0.0.2/sent | md5sum)" = "$sum" ]; }
# what was written is read past the cache
writes() { dd if=/tmp/files/sent of=/dev/$data bs=4k conv=fsync && [ "$(dd if=/dev/$data bs=4k count=27 iflag=direct | head -c "$size" | md5sum)" = "$sum" ]; }
size=$(wc -c < /tmp/files/sent)
load() {
    row=$1
    shift
    until [ -e /tmp/stop ]; do
        if "$@" > /tmp/err-$row 2>&1; then echo right; else echo wrong; fi >> /tmp/log/$row
        sleep 0.05
    done
}
: > /tmp/log/net
: > /tmp/log/disk
load net get &
load disk writes &
flows() {
    for row in net disk; do
        before=$(grep -c right /tmp/log/$row)
        await sh -c "[ \$(grep -c right /tmp/log/$row) -gt $((before + 1)) ]" || { echo $row stands; cat /tmp/err-$row; return 1; }
    done
    ! grep -q wrong /tmp/log/disk
}
for turn in 1 2 3; do
    check flows-$turn flows
    check suspended-$turn sh -c 'echo disk > /sys/power/state'
done
check flows flows
# a file that was under way may have come too late, no more
check files sh -c '[ "$(grep -c wrong /tmp/log/net)" -le 3 ]'
touch /tmp/stop
wait $!
check processors equals "$(nproc)" 2
check quiet sh -c '! dmesg | grep -E "Call Trace|WARNING:|BUG:|I/O error"'
