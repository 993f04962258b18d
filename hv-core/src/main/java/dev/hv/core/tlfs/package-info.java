/**
 * The words of the hypervisor's public interface as the Hyper-V Top-Level Functional Specification (TLFS) defines them: status
 * codes, register names, privileges, intercept messages. Definitions without logic, shared by both sides.
 */
package dev.hv.core.tlfs;
