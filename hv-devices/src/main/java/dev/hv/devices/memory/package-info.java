/** Dynamic memory: the host takes memory from a guest while it runs (ballooning), gives it back, and adds more. */
package dev.hv.devices.memory;
