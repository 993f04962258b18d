# The host says how much memory there is, each time this has said what it is ready for.
total() { awk '/MemTotal/ { print int($2 / 1024) }' /proc/meminfo; }
below() { [ "$(total)" -lt "$1" ]; }
above() { [ "$(total)" -gt "$1" ]; }

echo online > /sys/devices/system/memory/auto_online_blocks
[ -d /sys/module/hv_balloon ] || insmod /lib/modules/hv_balloon.ko
check driver [ -d /sys/module/hv_balloon ]
first=$(total)
dd if=/dev/urandom of=/root/kept bs=1M count=8 2> /dev/null
sum=$(md5sum < /root/kept)
echo "ready-for less"
check less await below $((first - 90))
echo "ready-for all"
check all await above $((first - 1))
echo "ready-for more"
check more await above $((first + 200))
# what was added serves
mkdir /root/more
mount -t tmpfs -o size=400m tmpfs /root/more
check use dd if=/dev/urandom of=/root/more/large bs=1M count=320
umount /root/more
echo "ready-for least"
check least await below $((first + 60))
check kept [ "$sum" = "$(md5sum < /root/kept)" ]
