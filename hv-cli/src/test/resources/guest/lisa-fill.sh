# A file system that fills its disk.
await test -b /dev/sda
dd if=/dev/urandom of=/tmp/data bs=1M count=4 2> /dev/null
made() { mke2fs -F -b 4096 /dev/sda && mkdir -p /mnt && mount -t ext4 /dev/sda /mnt; }
fill() { for n in 1 2 3 4 5 6; do cp /tmp/data /mnt/$n || return 1; done; umount /mnt; }
check made made
check fill fill
