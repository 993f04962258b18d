/** The demonstration: root services and four children side by side, what they do to each other, and what each way to a device costs. */
package dev.hv.cli.demo;
