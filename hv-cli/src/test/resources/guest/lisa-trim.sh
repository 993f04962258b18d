# What a file system no longer needs goes back to the host.
await test -b /dev/sda
mkdir -p /mnt
check mounted mount -t ext4 /dev/sda /mnt
check removed sh -c 'rm /mnt/?'
check trimmed fstrim /mnt
check unmounted umount /mnt
# storvsc's time limit for requests, which LISA asks for on Azure as udev's rule of 300 s
check timeout equals "$(cat /sys/block/sda/device/timeout)" 180
