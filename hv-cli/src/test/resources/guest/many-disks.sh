# Eight disks, one of them written and read all the time, while four others come and go together.
sizes() { cat /sys/block/sd?/size /sys/block/sd??/size 2> /dev/null | sort -n | tr '\n' ' '; }
disks() { cat /sys/block/sd*/size | wc -l; }
count() { await sh -c "[ \$(ls -d /sys/block/sd* | wc -l) = $1 ]" || { ls /sys/block; return 1; }; }
check eight count 8
for d in /sys/block/sd*; do [ "$(cat $d/size)" = 32768 ] && big=${d##*/}; done
# each has its own number at its beginning
own() { equals "$(for d in /dev/sd*; do head -c 8 $d; echo; done | sort -u | wc -l)" $1; }
check own own 8
dd if=/dev/urandom of=/tmp/pattern bs=64k count=16 2> /dev/null
sum=$(md5sum < /tmp/pattern)
: > /tmp/log
load() {
    until [ -e /tmp/stop ]; do
        dd if=/tmp/pattern of=/dev/$big bs=64k seek=1 oflag=direct 2> /dev/null
        if [ "$(dd if=/dev/$big bs=64k skip=1 count=16 iflag=direct 2> /dev/null | md5sum)" = "$sum" ]; then echo right; else echo wrong; fi >> /tmp/log
    done
}
reads() { until [ -e /tmp/stop ]; do for d in /dev/sd*; do dd if=$d of=/dev/null bs=64k count=8 iflag=direct 2> /dev/null; done; done; }
load &
reads &
flows() {
    before=$(wc -l < /tmp/log)
    await sh -c "[ \$(wc -l < /tmp/log) -gt $((before + 1)) ]" && ! grep -q wrong /tmp/log
}
for n in 1 2 3 4 5; do
    echo "ENTER $n."
    check come-$n count 12
    check own-$n own 12
    check flows-$n flows
    echo "LEAVE $n."
    check go-$n count 8
done
touch /tmp/stop
check flows-last sh -c '! grep -q wrong /tmp/log'
check quiet sh -c '! dmesg | grep -E "Call Trace|WARNING:|BUG:|Oops|hung task"'
