/** PCI Express functions and the ports they are plugged into: capabilities, interrupts, and their ways to memory. */
package dev.hv.devices.pci;
