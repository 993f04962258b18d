# In the first Debian: KVM, and QEMU with a second one on as many processors as this has. Words of the kernel's command line ask for more: "avic" for AMD's
# virtualised APIC, "hyperv" for a second Debian that finds itself on Hyper-V.
cpu=host
if grep -q -w avic /proc/cmdline; then
    # KVM does without where a guest may be a hypervisor itself, or where it makes up for lost ticks
    avic="avic=1"
    cpu="$cpu,-svm"
    more="-global kvm-pit.lost_tick_policy=discard"
fi
if grep -q -w hyperv /proc/cmdline; then
    cpu="$cpu,hv-relaxed,hv-vapic,hv-time,hv-vpindex,hv-runtime,hv-synic,hv-stimer,hv-tlbflush,kvm=off"
fi
for module in /modules/*.ko; do
    insmod $module $avic 2>/dev/null
done
dmesg | grep -i -o 'using Hyper-V Enlightened VMCS\|Hyper-V enlightened NPT TLB flush enabled\|AVIC enabled'
echo "NESTED-BEGIN $(nproc) processors"
/qemu/qemu -L /qemu -nodefaults -no-user-config -display none -serial stdio -no-reboot -machine q35,accel=kvm -cpu $cpu $more -m 256 -smp "$(nproc)" \
    -kernel /second/vmlinuz -initrd /second/initrd.img -append "console=ttyS0 quiet"
echo "NESTED-END $?"
