# A guest that has its controller fetch commands from where it has no memory: the access is refused, the controller has failed, and everything else goes on.
insmod /lib/modules/pci_hyperv_intf.ko 2> /dev/null
insmod /lib/modules/pci_hyperv.ko 2> /dev/null
await sh -c '[ -b /dev/nvme0n1 ]'
bar=$(head -1 "$(readlink -f /sys/class/nvme/nvme0/device)/resource" | cut -d' ' -f1)
register() { devmem $((bar + $1)) 32 "$2"; }
register 0x14 0
register 0x24 0x00070007
register 0x28 0
register 0x2c 0x00000500
register 0x30 0
register 0x34 0x00000500
register 0x14 0x00460001
check ready equals "$(devmem $((bar + 0x1c)) 32)" 0x00000001
register 0x1000 1
check fatal equals "$(devmem $((bar + 0x1c)) 32)" 0x00000003
