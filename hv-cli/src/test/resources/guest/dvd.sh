# A disc is read, the tray opens and is closed by who reads, a locked drive stays shut, and another disc is another one, of another length, while the old one is being read.
text() { dd if=/dev/sr0 bs=2048 count=1 2> /dev/null | head -c 11; }
is() { [ "$(text)" = "$1" ]; }
check first-disc is 'first disc!'
check its-length equals "$(blockdev --getsize64 /dev/sr0)" 4194304
echo STEP eject
sleep 1
# Linux fails the first read of what may be another disc
check closed-and-read await is 'first disc!'
exec 5< /dev/sr0
echo STEP locked
sleep 1
check still-there is 'first disc!'
exec 5<&-
while :; do dd if=/dev/sr0 of=/dev/null bs=64k iflag=direct 2> /dev/null; done &
reader=$!
echo STEP insert
check second-disc await is 'second disc'
kill $reader
wait $reader
length() { [ "$(blockdev --getsize64 /dev/sr0)" = 8388608 ]; }
check its-new-length await length
