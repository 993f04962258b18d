# Screen, keyboard and mouse are taken away and given back 20 times while the console is drawn, each time when the kernel has what was done before.
drivers="/sys/bus/vmbus/drivers/hyperv_drm /sys/bus/vmbus/drivers/hid_hyperv /sys/bus/vmbus/drivers/hyperv_keyboard"
bound() { equals "$(ls $drivers | grep -c -- '-.*-')" $1; }
(while [ ! -f /tmp/enough ]; do dmesg > /dev/tty1; done) 2> /dev/null &
load=$!
check there await bound 3
turns() {
    turn=0
    while [ $turn -lt 20 ]; do
        turn=$((turn + 1))
        echo "take-$turn." > /dev/console
        await bound 0 || { echo "turn $turn: not gone"; return 1; }
        echo "give-$turn." > /dev/console
        await bound 3 || { echo "turn $turn: not back"; return 1; }
    done
}
check turns turns
touch /tmp/enough
wait $load
check quiet sh -c '! dmesg | grep -E "BUG:|Oops|Call Trace|hung task"'
