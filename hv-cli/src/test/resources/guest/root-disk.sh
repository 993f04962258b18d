# On the root disk, four processors, a scratch disk, a DVD; disk number 3 comes at 40 s and goes at 80 s.
check hyper-v-detected said 'Hypervisor detected: Microsoft Hyper-V'
check clocksource equals "$(cat /sys/devices/system/clocksource/clocksource0/current_clocksource)" hyperv_clocksource_tsc_page
check vmbus-version said 'Vmbus version:[2-6]\.'
check root-is-sda grep -q '^/dev/sda / ext4 rw' /proc/mounts
check four-processors equals "$(nproc)" 4

# a file system of its own on the second disk
fill() { dd if=/dev/urandom of=/root/random bs=64k count=32 && sync; }
scratch=$(lun 1)
copy() { mke2fs $scratch && mkdir -p /mnt && mount -t ext2 $scratch /mnt && cp /root/random /mnt/ && umount /mnt && mount -t ext2 $scratch /mnt && cmp /root/random /mnt/random; }
check random-file fill
check second-disk copy
umount /mnt
echo 3 > /proc/sys/vm/drop_caches
check read-back sh -c 'a=$(md5sum < /root/random); echo 3 > /proc/sys/vm/drop_caches; [ "$a" = "$(md5sum < /root/random)" ]'

check dvd sh -c 'head -c 10 /dev/sr0 | grep -q "hello disc"'
check dvd-read-only sh -c '! dd if=/dev/zero of=/dev/sr0 bs=2048 count=1'

# all processors do I/O at once
parallel() {
    for n in 0 1 2 3; do
        taskset -c $n dd if=/dev/zero of=/root/p$n bs=16k count=64 conv=fsync 2> /dev/null &
    done
    wait
    for n in 0 1 2 3; do
        equals "$(stat -c %s /root/p$n)" 1048576 || return 1
    done
}
check parallel-writes parallel

# processors go and come back, once no channel interrupts them
check channels-move move 0
offline() { for n in 1 2 3; do echo 0 > /sys/devices/system/cpu/cpu$n/online || return 1; done; equals "$(nproc)" 1 && fill; }
online() { for n in 1 2 3; do echo 1 > /sys/devices/system/cpu/cpu$n/online || return 1; done; equals "$(nproc)" 4 && parallel; }
check processors-offline offline
check processors-online online

check hot-add await lun 3
added=$(lun 3)
check hot-added-contents sh -c "head -c 11 $added | grep -q 'hello guest'"
check hot-remove await gone $added

check no-warnings sh -c '! dmesg | grep -E "Call Trace|WARNING:|BUG:|I/O error|soft lockup"'
echo kept > /root/kept
