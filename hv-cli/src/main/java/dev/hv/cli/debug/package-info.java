/** The debugger's server: GDB's remote serial protocol, and what it needs of a machine behind small interfaces. */
package dev.hv.cli.debug;
