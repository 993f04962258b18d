# In the first Debian: KVM, and QEMU with a second one on as many processors as this has.
for module in /modules/*.ko; do
    insmod $module 2>/dev/null
done
echo "NESTED-BEGIN $(nproc) processors"
/qemu/qemu -L /qemu -nodefaults -no-user-config -display none -serial stdio -no-reboot -machine q35,accel=kvm -cpu host -m 256 -smp "$(nproc)" \
    -kernel /second/vmlinuz -initrd /second/initrd.img -append "console=ttyS0 quiet"
echo "NESTED-END $?"
