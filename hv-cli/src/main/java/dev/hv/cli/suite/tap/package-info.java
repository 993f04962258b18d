/** TAP and the kernel's KTAP: results of tests as lines of text. */
package dev.hv.cli.suite.tap;
