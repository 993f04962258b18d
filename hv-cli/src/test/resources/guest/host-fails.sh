# Disks whose files the host cuts off after the first MiB when this says so, of 4 MiB each: what lies there still works, what lay behind fails
for i in 1 2 3 4 5 6 7 8 9 10; do [ "$(ls -d /sys/block/sd* /sys/block/nvme* 2>/dev/null | wc -l)" -ge "$DISKS" ] && break; sleep 0.3; done
echo DISKS-ARE-READY
read -r line
for d in /sys/block/sd* /sys/block/nvme*; do
    [ -e "$d" ] || continue
    d=${d##*/}
    check "$d: the beginning is read" dd if=/dev/$d of=/dev/null bs=64k count=1 iflag=direct
    check "$d: the end is not" sh -c "! dd if=/dev/$d of=/dev/null bs=4k skip=1000 count=1 iflag=direct"
    check "$d: a part of a block at the end is not written" sh -c "! dd if=/dev/zero of=/dev/$d bs=512 seek=8001 count=1 oflag=direct"
    check "$d: a whole block is" dd if=/dev/zero of=/dev/$d bs=4k seek=1001 count=1 oflag=direct
    check "$d: and read" dd if=/dev/$d of=/dev/null bs=4k skip=1001 count=1 iflag=direct
done
