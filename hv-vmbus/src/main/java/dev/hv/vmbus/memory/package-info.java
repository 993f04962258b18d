/** Memory that a guest describes by page numbers: ranges and GPADLs. Nothing of it is contiguous or trustworthy. */
package dev.hv.vmbus.memory;
