# Suspends to idle with a disk and an adapter there, until the real-time clock's alarm.
await test -b /dev/sda
await sh -c '[ -e /sys/class/net/eth0 ]'
ip link set eth0 up
began=$(date +%s)
echo +10 > /sys/class/rtc/rtc0/wakealarm
check slept sh -c 'echo freeze > /sys/power/state'
slept() { [ $(($(date +%s) - began)) -ge 9 ] && [ $(($(date +%s) - began)) -le 15 ]; }
check as-long-as-said slept
check disk dd if=/dev/sda of=/dev/null bs=64k count=16 iflag=direct
check adapter adapter
check quiet sh -c '! dmesg | grep -E "Call Trace|WARNING:|BUG:|I/O error"'
