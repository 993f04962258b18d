/** All hypercalls by subject, each with its contract; the table of them is {@link dev.hv.core.hypervisor.calls.CallTable}. */
package dev.hv.core.hypervisor.calls;
