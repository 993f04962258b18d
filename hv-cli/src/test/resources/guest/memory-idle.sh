# Needs little, and gives the rest up.
total() { awk '/MemTotal/ { print int($2 / 1024) }' /proc/meminfo; }
below() { [ "$(total)" -lt "$1" ]; }

[ -d /sys/module/hv_balloon ] || insmod /lib/modules/hv_balloon.ko
check driver [ -d /sys/module/hv_balloon ]
first=$(total)
check shrunk await below $((first - 60))
sleep 60
echo "total $(total)"
