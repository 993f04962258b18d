# A kernel of 32 bits, two processors, a disk of 4 MiB, a network adapter.
check machine equals "$(uname -m)" i686
check processors equals "$(nproc)" 2
check clocksource equals "$(cat /sys/devices/system/clocksource/clocksource0/current_clocksource)" hyperv_clocksource_tsc_page
check disk await test -b /dev/sda
check content sh -c 'head -c 11 /dev/sda | grep -q "hello guest"'
check written sh -c 'printf end | dd of=/dev/sda bs=1 seek=4194301 conv=fsync'
check adapter sh -c 'ip link set eth0 up && sleep 1 && ip link show eth0 | grep -q LOWER_UP'
