# one after the other, each way, under load: hash levels of received flows, coalescing of received segments by adapter and by system, message levels
hashes() {
    for flow in tcp4 tcp6 udp4 udp6; do
        for fields in sd sdfn sd sdfn; do
            # version 4 of UDP and version 6 have a level of their own in netvsc
            ethtool -N eth0 rx-flow-hash $flow $fields || { echo $flow $fields; return 1; }
            case $fields in
                sd) ! ethtool -n eth0 rx-flow-hash $flow | grep -q 'L4 bytes' || { echo $flow has ports; return 1; } ;;
                *) equals "$(ethtool -n eth0 rx-flow-hash $flow | grep -c 'L4 bytes')" 2 || return 1 ;;
            esac
        done
        flows || return 1
    done
}
feature() { ethtool -k eth0 | sed -n "s/^ *$1: *\([a-z]*\).*/\1/p"; }
offload() {
    for state in off on off on; do
        ethtool -K eth0 $1 $state && equals "$(feature $2)" $state && flows || { echo $1 $state; ethtool -k eth0 | grep $2; return 1; }
    done
}
levels() { for level in 0 255 1 7; do ethtool -s eth0 msglvl $level && flows || return 1; done; }
check flows flows
check hashes hashes
check gro offload gro generic-receive-offload
check lro offload lro large-receive-offload
check rx-sums offload rx rx-checksumming
check tx-sums offload tx tx-checksumming
check segments offload tso tcp-segmentation-offload
check gather offload sg scatter-gather
check levels levels
touch /tmp/stop
check quiet sh -c '! dmesg | grep -E "Call Trace|WARNING:|BUG:"'
