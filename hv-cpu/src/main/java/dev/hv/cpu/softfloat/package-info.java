/**
 * Floating-point arithmetic of x86 processors as pure numerics: raw bits in, raw bits out, exception flags and rounding in an
 * {@link dev.hv.cpu.softfloat.FpEnv}. Nothing here allocates or knows of registers and instructions (SDM vol. 1, chapters 4, 8, 11).
 */
package dev.hv.cpu.softfloat;
