/**
 * Disks as providers see them, and the host files and block devices behind them. Nothing here throws when the host fails: every
 * operation answers with a {@link dev.hv.devices.disk.DiskStatus}. Only opening a disk can fail with an exception.
 */
package dev.hv.devices.disk;
