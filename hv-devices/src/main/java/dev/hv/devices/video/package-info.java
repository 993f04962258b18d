/** Synthetic video: the screen of a guest on VMBus. */
package dev.hv.devices.video;
