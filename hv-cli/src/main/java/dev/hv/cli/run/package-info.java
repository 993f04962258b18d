/** One run: the machine with the hypervisor on it, the virtual machines of a lab, their consoles, and why each of them ended. */
package dev.hv.cli.run;
