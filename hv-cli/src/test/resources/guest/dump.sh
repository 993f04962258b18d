# A kernel for the time after a crash comes on the disk with LUN 1, its initrd on that with 2; that with 0 has contents. Then the crash.
await lun 2
cat "$(lun 1)" > /tmp/vmlinuz
cat "$(lun 2)" > /tmp/initrd
mkdir -p /tmp/after/etc/hv
{ cat /etc/hv/checks.sh; cat << 'END'
check contents await content
check adapter adapter
check version said 'Vmbus version:[2-6]\.'
check memory-of-the-crash test -s /proc/vmcore
check heartbeat await said 'Heartbeat IC version'
END
} > /tmp/after/etc/hv/run.sh
(cd /tmp/after && find . | cpio -o -H newc >> /tmp/initrd 2> /dev/null)
check loaded sh -c 'chmod +x /etc/hv/kexec; /etc/hv/kexec "console=ttyS0 nr_cpus=1 reset_devices" 3< /tmp/vmlinuz 4< /tmp/initrd'
check waiting equals "$(cat /sys/kernel/kexec_crash_loaded)" 1
echo c > /proc/sysrq-trigger
