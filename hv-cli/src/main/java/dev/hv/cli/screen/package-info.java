/** Pictures of guests' screens. */
package dev.hv.cli.screen;
