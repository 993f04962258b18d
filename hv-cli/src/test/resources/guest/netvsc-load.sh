# Two adapters of netvsc at one switch; the second has a network of its own. Files go both ways all the time, while channels, buffers and tables are changed and other adapters come and go.
apart
mkdir /tmp/files /tmp/log
seq 1 40000 > /tmp/files/sent
sum=$(md5sum < /tmp/files/sent)
httpd -p 80 -h /tmp/files
there httpd -p 80 -h /tmp/files
# one line a file that came: right or wrong
load() {
    while ! [ -e /tmp/stop ]; do
        got=$("$@" | md5sum)
        if [ "$got" = "$sum" ]; then echo right; else echo wrong; fi >> /tmp/log/$name
    done
}
await there ping -c 1 -W 1 10.0.0.1
for name in in out; do
    case $name in
        in) load wget -q -O - http://10.0.0.2/sent & ;;
        out) load there wget -q -O - http://10.0.0.1/sent & ;;
    esac
done
came() { cat /tmp/log/* 2> /dev/null | grep -c right; }
# files still come, each way
flows() {
    ! grep -q wrong /tmp/log/* || return 1
    for row in in out; do
        before=$(cat /tmp/log/$row 2> /dev/null | wc -l)
        await sh -c "[ \$(cat /tmp/log/$row 2> /dev/null | wc -l) -gt $((before + 1)) ]" || { echo $row stands; return 1; }
    done
    ! grep -q wrong /tmp/log/*
}
channels() { ethtool -l eth0 | sed -n '/Current/,$ s/^Combined:[^0-9]*//p'; }
size() { ethtool -g eth0 | sed -n "/Current/,$ s/^$1:[^0-9]*//p"; }
changed() {
    for n in 2 1 4 3 4; do
        ethtool -L eth0 combined $n && equals "$(channels)" $n && flows && echo "channels $n" > /dev/console || { echo $n channels; return 1; }
    done
}
rings() {
    for n in 256 64 1024; do
        ethtool -G eth0 rx $((n * 4)) tx $n && equals "$(size TX)" $n && flows || { echo ring of $n; return 1; }
    done
}
tables() {
    ethtool -X eth0 equal 2 && ethtool -x eth0 | grep -q '^ *0: *0 *1 *0 *1' && flows || return 1
    ethtool -X eth0 weight 0 0 0 1 && ethtool -x eth0 | grep -q '^ *0: *3 *3 *3 *3' && flows || return 1
    a=$(queue 3)
    flows
    [ $(($(queue 3) - a)) -gt 100 ] || { echo "queue 3 had $(($(queue 3) - a)) packets"; return 1; }
    ethtool -X eth0 default && flows
}
queue() { ethtool -S eth0 | sed -n "s/^ *rx_queue_$1_packets: //p"; }
mtu() { ip link set eth0 mtu 9000 && there ip link set eth1 mtu 9000 && flows && ip link set eth0 mtu 1500 && there ip link set eth1 mtu 1500 && flows; }
