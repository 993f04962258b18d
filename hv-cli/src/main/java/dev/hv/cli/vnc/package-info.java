/** Screens, keyboards and mice of guests over the network: a server of the RFB protocol (RFC 6143), which VNC viewers speak. */
package dev.hv.cli.vnc;
