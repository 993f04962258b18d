# After a loss of power: everything that was announced is there.
last=$(sed -n 's/.*expect=\([0-9]*\).*/\1/p' /proc/cmdline)
whole() {
    n=1
    while [ $n -le "$last" ]; do
        seq $((n * 1000)) $((n * 1000 + 9999)) | cmp - /root/file$n || return 1
        n=$((n + 1))
    done
}
check journal-replayed said 'EXT4-fs (sda): recovery complete'
check flushed-files whole
