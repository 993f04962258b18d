/** Reads suite files: the table of their keys, which is their JSON Schema too, and what becomes of them. */
package dev.hv.cli.suite.read;
