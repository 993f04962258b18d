# Integration components: the clock jumps and is set at 40 s, pairs come at 50 s, shutdown at 80 s. Nothing comes after the end of this.
check hv-utils-shutdown said 'Shutdown IC version 3.2'
check hv-utils-timesync said 'TimeSync IC version 4.0'
check hv-utils-heartbeat said 'Heartbeat IC version 3.0'
date -s '2031-01-01 00:00:00' > /dev/null
check jumped equals "$(date +%Y)" 2031
back() { [ "$(date +%Y)" = 2023 ]; }
check set-back await back
mkdir -p /var/lib/hyperv
hv_kvp_daemon
there() { grep -q greeting /var/lib/hyperv/.kvp_pool_0; }
check pair-arrived await there
echo WAITING
sleep 300
echo NOT-REACHED
