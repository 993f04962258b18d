# In the parent, with the initrd and the disk of "hv guest debian-parent": Debian's QEMU boots the guest there with as many processors as the first argument says, with a disk and a
# network by virtio, and with the script of the archive that the second argument names.
in-debian true
tmp=/mnt/debian/tmp
dd if=/dev/zero bs=64k count=64 2>/dev/null | tr '\0' 'h' > $tmp/data.img
cat /mnt/debian/boot/initrd.img "$2" > $tmp/initrd.img
nested-boot -smp "$1" -initrd /tmp/initrd.img -drive file=/tmp/data.img,if=virtio,format=raw -netdev user,id=n -device virtio-net-pci,netdev=n,romfile=
echo "QEMU-STATUS $?"
echo "PARENT-SUM $(md5sum < $tmp/data.img)"
