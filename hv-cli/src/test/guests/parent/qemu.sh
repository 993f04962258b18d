# In the parent: Debian's QEMU boots a guest with as many processors as the first argument says, with a disk and a network by virtio.
mount -t ext4 -o ro /dev/sda /mnt
mount -t proc proc /mnt/proc
mount --bind /dev /mnt/dev
mount -t tmpfs tmp /mnt/tmp
cp /mnt/boot/data.img /mnt/tmp/data.img
chroot /mnt /usr/bin/qemu-system-x86_64 -accel mshv -cpu host -M q35 -m 256 -smp "$1" -nodefaults -nographic -serial mon:stdio -kernel /boot/vmlinuz \
  -initrd /boot/initrd.img -append "console=ttyS0 quiet" -drive file=/tmp/data.img,if=virtio,format=raw -netdev user,id=n -device virtio-net-pci,netdev=n,romfile= \
  -no-reboot </dev/null
echo "QEMU-STATUS $?"
echo "PARENT-SUM $(md5sum < /mnt/tmp/data.img)"
