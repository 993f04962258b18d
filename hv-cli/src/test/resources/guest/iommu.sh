# An IDE disk as sda whose memory goes through an IOMMU: what is written is read back, past the page cache.
check ata-piix said 'ata_piix'
check begins-as-given grep -q 'hello guest' /dev/sda
fill() { dd if=/dev/urandom of=/tmp/random bs=64k count=64; }
back() { echo 3 > /proc/sys/vm/drop_caches; [ "$(dd if=/dev/sda bs=64k count=64 | sha256sum)" = "$(sha256sum < /tmp/random)" ]; }
check random-file fill
check written dd if=/tmp/random of=/dev/sda bs=64k conv=fsync
check read-back back
