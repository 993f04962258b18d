# One storage channel for four processors, the primary one included.
channels() { equals "$(ls $(dirname $(grep -l ba6163d9 /sys/bus/vmbus/devices/*/class_id))/channels | wc -l)" $((($(nproc) + 3) / 4)); }
check storage-channels await channels
check contents content
