/**
 * What a run is made of: virtual machines with their boot images, memory, processors, disks, networks and serial ports. The options of
 * {@code hv run} and a lab's YAML file produce the same records; whatever is wrong is said in one line that names the place.
 */
package dev.hv.cli.config;
