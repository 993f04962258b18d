# Writes and flushes files for ever; each is announced only when fsync has returned.
n=0
while true; do
    n=$((n + 1))
    seq $((n * 1000)) $((n * 1000 + 9999)) > /root/file$n.tmp
    mv /root/file$n.tmp /root/file$n
    sync
    echo "FLUSHED $n"
done
