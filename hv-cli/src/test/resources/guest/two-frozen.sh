# Two file systems that are written without pause while a checkpoint is made of both.
mkdir -p /mnt/a /mnt/b
for d in /dev/sd?; do
    case $(blockdev --getsize64 $d) in
        67108864) mount -t ext4 $d /mnt/a ;;
        *) mount -t ext4 $d /mnt/b ;;
    esac
done
check mounted equals "$(grep -c ' /mnt/. ext4' /proc/mounts)" 2
hv-daemons
writes() {
    while :; do
        dd if=/dev/zero of=$1/load bs=64k count=64 conv=fsync 2> /dev/null
        mkdir $1/folder
        rm $1/load
        rmdir $1/folder
    done
}
writes /mnt/a &
one=$!
writes /mnt/b &
sleep 1
echo CHECKPOINT
sleep 2
check thawed sh -c 'echo thawed > /mnt/a/after && echo thawed > /mnt/b/after && sync'
kill $one $!
