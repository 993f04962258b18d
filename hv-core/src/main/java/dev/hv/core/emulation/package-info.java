/** Instructions carried out in software on the registers of a virtual processor that stands still: a library, of the root's services and of the hypervisor. */
package dev.hv.core.emulation;
