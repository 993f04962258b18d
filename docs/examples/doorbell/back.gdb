set confirm off
set remotetimeout 60
set architecture i386:x86-64
target remote gdb.sock
continue
info threads
print ring.head - ring.tail
watch ring.sleeping
reverse-continue
print ring.head - ring.tail
delete
break wait_for_message
reverse-continue
info threads
print ring.head - ring.tail
detach
