# In the second Debian.
echo "SECOND-DEBIAN $(uname -r) on $(nproc) processors, $(dmesg | grep -o 'Hypervisor detected: .*')"
