/** Reports of a run of suites: JUnit XML, TAP and KTAP, a page of HTML, and what is shown while it runs. */
package dev.hv.cli.suite.report;
