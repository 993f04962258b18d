# In the guest of the guest: its processors, its disk read and written, its network.
echo "NESTED-PROCESSORS $(grep -c ^processor /proc/cpuinfo)"
dd if=/dev/vda of=/root/half bs=64k count=32 2>/dev/null
echo "NESTED-READ $(tr -d h < /root/half | wc -c) of $(wc -c < /root/half)"
tr h v < /root/half > /root/other
dd if=/root/other of=/dev/vda bs=64k seek=32 conv=fsync 2>/dev/null && echo NESTED-WRITTEN
ip link set eth0 up
ip addr add 10.0.2.15/24 dev eth0
ping -c 2 -W 20 10.0.2.2 | grep received | sed 's/^/NESTED-PING /'
