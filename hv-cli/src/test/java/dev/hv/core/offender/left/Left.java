package dev.hv.core.offender.left;

import dev.hv.core.offender.right.Right;

/** Half of a circle of two packages. */
public record Left(Right other) {}
