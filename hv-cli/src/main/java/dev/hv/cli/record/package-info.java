/** Recordings of runs: everything that entered a machine from outside, with its instants, and runs that repeat them to the bit. */
package dev.hv.cli.record;
