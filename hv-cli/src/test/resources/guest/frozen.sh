# A file system that is written without pause while a checkpoint is made of it.
mount -t ext4 /dev/sda /mnt || echo "not ok mount"
[ -z "$NO_DAEMON" ] && hv-daemons
while :; do
    dd if=/dev/zero of=/mnt/load bs=64k count=64 conv=fsync 2> /dev/null
    mkdir /mnt/folder
    rm /mnt/load
    rmdir /mnt/folder
done &
load=$!
sleep 1
echo CHECKPOINT
sleep 2
check thawed sh -c 'echo thawed > /mnt/after && sync'
kill $load
