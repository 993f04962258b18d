/** Runs the cases of suites: setups kept as checkpoints, forks of them, steps, faults, workers. */
package dev.hv.cli.suite.run;
