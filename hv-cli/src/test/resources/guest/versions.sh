# From the initrd: every Hyper-V module goes and comes back, once for each version of the protocol that the kernel speaks.
unload() { rmmod hv_netvsc && rmmod hv_storvsc && rmmod hv_utils && rmmod hv_vmbus; }
load() {
    insmod /lib/modules/hv_vmbus.ko max_version=$1 && insmod /lib/modules/hv_utils.ko && insmod /lib/modules/hv_storvsc.ko && insmod /lib/modules/hv_netvsc.ko
}
content() { head -c 11 /dev/sda | grep -q 'hello guest'; }

check disk-there await test -b /dev/sda
check unload unload
for version in 5.3 5.2 5.1 5.0 4.1 4.0 3.0 2.4; do
    number=$(( (${version%.*} << 16) + ${version#*.} ))
    dmesg -c > /dev/null
    check "load-$version" load $number
    check "negotiated-$version" said "Vmbus version:$version\$"
    check "disk-$version" await test -b /dev/sda
    check "content-$version" content
    check "unload-$version" unload
    check "quiet-$version" sh -c '! dmesg | grep -E "Call Trace|WARNING:|BUG:|I/O error"'
done

# modules whose devices are not there load and unload as well
others() {
    for m in hv_balloon hyperv_keyboard; do
        insmod /lib/modules/$m.ko || return 1
        rmmod $m || return 1
    done
}
insmod /lib/modules/hv_vmbus.ko
check others others
