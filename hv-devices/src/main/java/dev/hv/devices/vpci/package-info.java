/** Functions of the machine's PCI given to a child partition, which reaches them through virtual PCI on VMBus (the guest's side is Linux' pci-hyperv). */
package dev.hv.devices.vpci;
