# An IDE disk as sda, without enlightenments.
check ata-piix said 'ata_piix'
check no-vmbus gone /sys/bus/vmbus
check begins-as-given grep -q 'hello guest' /dev/sda
fill() { dd if=/dev/urandom of=/tmp/random bs=64k count=16; }
copy() { mke2fs /dev/sda && mkdir -p /mnt && mount -t ext2 /dev/sda /mnt && cp /tmp/random /mnt/ && umount /mnt && mount -t ext2 /dev/sda /mnt && cmp /tmp/random /mnt/random; }
check random-file fill
check file-system copy
