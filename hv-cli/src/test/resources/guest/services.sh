# Integration components: the clock is set wrong and comes right at 40 s, keys are written at 50 s, shutdown is asked for at 70 s.
hv_kvp_daemon
check heartbeat await sh -c 'ls /sys/bus/vmbus/drivers/hv_utils | grep -q -'
before=$(date +%s)
date -s @100000000 > /dev/null
recovered() { [ "$(date +%s)" -ge "$before" ]; }
check time-jump-corrected await recovered
key() { tr -d '\0' < /var/lib/hyperv/.kvp_pool_0 | grep -q 'colourgreen'; }
check key-from-host await key
echo "waiting for the shutdown"
sleep 1000
echo "not reached"
