# Two adapters at one switch, whose ports let through so many bits a second: what arrives in a time by the guest's clock.
for word in $(cat /proc/cmdline); do
    case $word in
        limit=*) limit=${word#*=} ;;
    esac
done
apart
httpd -p 80 -h /tmp
# as much as passes in two seconds
dd if=/dev/urandom of=/tmp/sent bs=1000 count=$((limit / 4000)) 2> /dev/null
sum=$(md5sum < /tmp/sent)
now() { cut -d' ' -f1 /proc/uptime | tr -d .; }
whole() {
    before=$(now)
    got=$(there wget -q -O - http://10.0.0.1/sent | md5sum)
    after=$(now)
    equals "$got" "$sum"
}
# headers of TCP, IP and Ethernet go over the wire, too: 1448 bytes of 1514 are the file's
rate() {
    bits=$((limit / 4000 * 8000 * 1514 / 1448))
    rate=$((bits * 100 / (after - before)))
    echo "RATE $rate of $limit in $((after - before)) hundredths of a second" > /dev/console
    [ $rate -ge $((limit * 90 / 100)) ] && [ $rate -le $((limit * 110 / 100)) ]
}
check talk there ping -c 1 -W 5 10.0.0.1
whole && echo "ok whole" || echo "not ok whole"
check rate rate
