check flows flows
check channels changed
check rings rings
check tables tables
check mtu mtu
touch /tmp/stop
