# The host makes sda longer and cuts sdb once it is told.
size() { equals "$(cat /sys/block/$1/size)" $2; }
rescan() { echo 1 > /sys/block/$1/device/rescan; size $1 $2; }
patiently() { tries=0; until "$@"; do tries=$((tries + 1)); [ $tries -ge 3000 ] && return 1; sleep 1; done; }
fails() { ! "$@"; }
check sizes sh -c '[ "$(cat /sys/block/sda/size) $(cat /sys/block/sdb/size)" = "131072 131072" ]'
echo HOST-NOW
check longer patiently rescan sda 262144
check said said 'sda: detected capacity change from 131072 to 262144'
check new-part dd if=/dev/sda of=/dev/null bs=512 skip=200000 count=1 iflag=direct
check new-part-written dd if=/dev/zero of=/dev/sda bs=4096 seek=30000 count=1 oflag=direct
check cut-off-read fails dd if=/dev/sdb of=/dev/null bs=4096 skip=8000 count=1 iflag=direct
check cut-off-written fails dd if=/dev/zero of=/dev/sdb bs=4096 seek=8000 count=1 oflag=direct
check shorter rescan sdb 2048
check rest dd if=/dev/sdb of=/dev/null bs=4096 count=256 iflag=direct
check size-stays size sda 262144
