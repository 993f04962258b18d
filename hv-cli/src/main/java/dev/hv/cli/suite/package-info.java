/** Regression suites: what a suite, a case, a step and a result are. Reading, planning, running and reporting are packages beside it or below. */
package dev.hv.cli.suite;
