# One end of a pair: serves a file over TCP.
ip addr add 10.0.0.1/24 dev eth0
ip link set eth0 up
check adapter sh -c 'ip link show eth0 | grep -q LOWER_UP'
seq 1 100000 > /tmp/file
check served sh -c 'nc -l -p 99 < /tmp/file'
check asked-back equals "$(nc -l -p 98)" done
