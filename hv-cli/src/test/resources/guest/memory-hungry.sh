# Programs that want more than there is; the other machine has more than it needs.
total() { awk '/MemTotal/ { print int($2 / 1024) }' /proc/meminfo; }
above() { [ "$(total)" -gt "$1" ]; }

echo online > /sys/devices/system/memory/auto_online_blocks
[ -d /sys/module/hv_balloon ] || insmod /lib/modules/hv_balloon.ko
check driver [ -d /sys/module/hv_balloon ]
first=$(total)
# promised to programs, which wait
for i in 1 2 3; do
    sleep 1000 | dd bs=120M of=/dev/null 2> /dev/null &
done
check grown await above $((first + 100))
echo "total $(total)"
