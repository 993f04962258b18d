/** Tests of JUnit Jupiter whose subject is a guest: {@link dev.hv.cli.junit.HvTest}. */
package dev.hv.cli.junit;
