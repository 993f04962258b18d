# Programs that want more than there is; the other machine has more than it needs.
total() { awk '/MemTotal/ { print int($2 / 1024) }' /proc/meminfo; }
above() { [ "$(total)" -gt "$1" ]; }

echo online > /sys/devices/system/memory/auto_online_blocks
[ -d /sys/module/hv_balloon ] || insmod /lib/modules/hv_balloon.ko
check driver [ -d /sys/module/hv_balloon ]
first=$(total)
# promised to a program, and used
awk 'BEGIN { s = sprintf("%1048576s", ""); for (i = 0; i < 110; i++) a[i] = s i; while (1) system("sleep 5") }' &
check grown await above $((first + 100))
echo "total $(total)"
