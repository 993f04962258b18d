package dev.hv.core.offender.right;

import dev.hv.core.offender.left.Left;

/** The other half. */
public record Right(Left other) {}
