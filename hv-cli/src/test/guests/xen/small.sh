#!/bin/busybox sh
# The first program of a guest with a PC's firmware.
echo HV-GUEST-READY
/bin/busybox poweroff -f
