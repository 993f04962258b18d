# In Xen's first domain: the tools' daemons, then one guest after the other; what a guest prints stands in the log of its console.
for module in /modules/*.ko; do
    insmod $module
done
mkdir -p /dev/pts /proc/xen /run/xen /var/run/xen
mount -t devpts devpts /dev/pts
mount -t xenfs xenfs /proc/xen
export PATH=/xen:$PATH LD_LIBRARY_PATH=/usr/lib
xenstored
xen-init-dom0
xenconsoled --log=guest
for kind in pv pvh hvm; do
    echo "XEN-GUEST-BEGIN $kind"
    xl create /second/$kind.cfg
    tries=0
    while xl domid $kind >/dev/null 2>&1 && [ $tries -lt 1200 ]; do
        sleep 1
        tries=$((tries + 1))
    done
    cat /var/log/xen/console/guest-$kind.log
    echo "XEN-GUEST-END $kind after $tries"
done
