# Boots again and again, in the way that the kernel's command line says, with a disk and a network in use. The second disk counts.
word() { sed -n "s/.*\\b$1=\\([a-z0-9]*\\).*/\\1/p" /proc/cmdline; }
way=$(word way)
last=$(word boots)
await lun 3
hello=$(lun 0) counter=$(lun 1) kernel=$(lun 2) initrd=$(lun 3)
boot=$(dd if=$counter bs=1 count=1 2> /dev/null)
echo "BOOT $boot"
check contents content
check adapter adapter
check version said 'Vmbus version:[2-6]\.'
check quiet sh -c '! dmesg | grep -E "Call Trace|WARNING:|BUG:|I/O error"'
[ "$boot" = "$last" ] && exit 0
count() { echo $((boot + 1)) | dd of=$counter bs=1 count=1 conv=notrunc,fsync; }
check counted count
[ "$way" = kexec ] && cat $kernel > /tmp/vmlinuz && cat $initrd > /tmp/initrd
ip addr add 10.0.0.1/24 dev eth0
# reads, writes and frames are under way when the machine goes down
(while true; do echo 3 > /proc/sys/vm/drop_caches; dd if=$hello of=/dev/null bs=64k 2> /dev/null; done) &
(while true; do dd if=/dev/zero of=$hello bs=64k seek=16 count=32 conv=notrunc,fsync 2> /dev/null; done) &
(while true; do ping -c 1 -W 1 10.0.0.2 > /dev/null 2>&1; arp -d 10.0.0.2 > /dev/null 2>&1; done) &
sleep 2
case $way in
force | acpi) reboot -f ;;
sysrq) echo b > /proc/sysrq-trigger ;;
kexec) chmod +x /etc/hv/kexec; /etc/hv/kexec "$(cat /proc/cmdline)" now 3< /tmp/vmlinuz 4< /tmp/initrd ;;
esac
sleep 100
echo "not ok $way"
