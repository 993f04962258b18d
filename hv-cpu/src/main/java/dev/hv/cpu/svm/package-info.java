/**
 * AMD-V of one processor (APM vol. 2, chapter 15): entries and exits, intercepts, injection and virtual interrupts, nested paging. The
 * instructions themselves are in {@code dev.hv.cpu.instructions.SvmInstructions}.
 */
package dev.hv.cpu.svm;
