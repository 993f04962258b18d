/** A network adapter on PCI Express: Intel's 82574L, which system's drivers know as e1000e. */
package dev.hv.devices.e1000e;
