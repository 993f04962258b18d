# A shell on the screen, which the host types at; what the mouse does is read as the kernel has it.
cat > /tmp/shell << 'END'
printf '\033[H\033[2J\033[?25l'
cat << 'CHARACTERS'
!"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\]^_`abcdefghijklmnopqrstuvwxyz{|}~
CHARACTERS
export PS1='screen# '
exec sh -i
END
dmesg -n 1
check screen [ -e /dev/fb0 ]
mouse=$(grep -l Vmbus /sys/class/input/event*/device/name)
mouse=${mouse%/device/name}
check mouse [ -n "$mouse" ]
cat /dev/input/${mouse##*/} > /tmp/mouse &
# type, code and value of each event, low byte first
events() { hexdump -v -e '24/1 "%02x" "\n"' /tmp/mouse | cut -c33-; }
clicked() { events | grep -q '0100110100000000'; }
setsid sh /tmp/shell < /dev/tty1 > /dev/tty1 2>&1 &
sleep 1
echo "ready-to type"
check typed await grep -q 'Hello, {World}!' /tmp/typed
echo "ready-to click"
check clicked await clicked
events | sed 's/^/mouse /'
echo "ready-to show"
sleep 1
echo "shown"
