/** Checkpoints: a folder that holds a whole machine at rest, written whole or not at all, from which any number of runs start. */
package dev.hv.cli.checkpoint;
