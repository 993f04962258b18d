# The host makes the first disk longer and cuts the second once it is told.
await lun 1
first=$(lun 0) second=$(lun 1)
a=${first#/dev/} b=${second#/dev/}
size() { equals "$(cat /sys/block/$1/size)" $2; }
rescan() { echo 1 > /sys/block/$1/device/rescan; size $1 $2; }
patiently() { tries=0; until "$@"; do tries=$((tries + 1)); [ $tries -ge 3000 ] && return 1; sleep 1; done; }
fails() { ! "$@"; }
check sizes equals "$(cat /sys/block/$a/size) $(cat /sys/block/$b/size)" "131072 131072"
echo HOST-NOW
check longer patiently rescan $a 262144
check said said "$a: detected capacity change from 131072 to 262144"
check new-part dd if=$first of=/dev/null bs=512 skip=200000 count=1 iflag=direct
check new-part-written dd if=/dev/zero of=$first bs=4096 seek=30000 count=1 oflag=direct
check cut-off-read fails dd if=$second of=/dev/null bs=4096 skip=8000 count=1 iflag=direct
check cut-off-written fails dd if=/dev/zero of=$second bs=4096 seek=8000 count=1 oflag=direct
check shorter rescan $b 2048
check rest dd if=$second of=/dev/null bs=4096 count=256 iflag=direct
check size-stays size $a 262144
