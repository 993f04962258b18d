/**
 * Engine tier 2: turns hot blocks of guest code into machine code of the host (x86-64 with Linux) and runs it. Everything is derived from
 * the instruction tables and falls back to the operations of {@code dev.hv.cpu.forms}, one at a time; see docs/architecture.md.
 */
package dev.hv.cpu.translate;
