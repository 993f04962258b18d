# Serves one lease after the other; its partner's cable is out until 120 s.
ip addr add 10.0.0.1/24 dev eth0
ip link set eth0 up
cat > /tmp/udhcpd.conf << 'END'
start 10.0.0.10
end 10.0.0.20
interface eth0
option router 10.0.0.1
option dns 10.0.0.1
option subnet 255.255.255.0
END
mkdir -p /var/lib/misc
touch /var/lib/misc/udhcpd.leases
busybox udhcpd /tmp/udhcpd.conf
check told equals "$(nc -l -p 98)" done
