package dev.hv.cli.config;

import dev.hv.core.tlfs.HvLimits;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * A virtual machine, all of it.
 *
 * @param name for messages and prefixes
 * @param boot what it starts with
 * @param memory how much, and between which bounds
 * @param cpus virtual processors
 * @param rights what its guest may do beside running
 * @param testDevices whether debug exit, pc-testdev and fw_cfg are there
 * @param iommu whether it has an IOMMU, its processor model's vendor's; on the bare machine, or before the devices of a guest in the root's place
 * @param serial where the first serial port goes: stdio, file:F, socket:F or none
 * @param sockets Unix socket of the host that its Hyper-V sockets are bridged to; null for none
 * @param gdb where a debugger connects to it: a port of the loopback, or unix:PATH; null for nowhere
 * @param screen its screen, with which keyboard and mouse come; null without
 * @param disks in the order of attachment
 * @param networks adapters, in order
 * @param actions things done to it while it runs
 */
public record VmConfig(String name, BootConfig boot, MemoryConfig memory, int cpus, GuestRights rights, boolean testDevices, boolean iommu, String serial, Path sockets, String gdb,
        ScreenConfig screen, List<DiskConfig> disks, List<NetworkConfig> networks, List<ScheduledAction> actions) {

    /** Most virtual processors. */
    public static final int MOST_CPUS = HvLimits.VIRTUAL_PROCESSORS;
    /** Most disks on a controller. */
    public static final int MOST_DISKS = 64;
    /** Most network adapters. */
    public static final int MOST_NETWORKS = 8;

    /** A machine without IOMMU and screen that no debugger connects to. */
    public VmConfig(String name, BootConfig boot, MemoryConfig memory, int cpus, GuestRights rights, boolean testDevices, String serial, Path sockets, List<DiskConfig> disks,
            List<NetworkConfig> networks, List<ScheduledAction> actions) {
        this(name, boot, memory, cpus, rights, testDevices, false, serial, sockets, null, null, disks, networks, actions);
    }

    /** Whether it is told about the hypervisor. */
    public boolean enlightened() {
        return rights.enlightened();
    }

    /** Whether its guest is in the root's place. */
    public boolean root() {
        return rights.parent() == GuestRights.Parent.ROOT;
    }

    /** This machine with something else to boot. */
    public VmConfig with(BootConfig other) {
        return new VmConfig(name, other, memory, cpus, rights, testDevices, iommu, serial, sockets, gdb, screen, disks, networks, actions);
    }

    /** This machine with an IOMMU, or without. */
    public VmConfig withIommu(boolean there) {
        return new VmConfig(name, boot, memory, cpus, rights, testDevices, there, serial, sockets, gdb, screen, disks, networks, actions);
    }

    /** This machine with a screen; null for none. */
    public VmConfig withScreen(ScreenConfig other) {
        return new VmConfig(name, boot, memory, cpus, rights, testDevices, iommu, serial, sockets, gdb, other, disks, networks, actions);
    }

    /** Its adapters, those that actions add included. */
    List<NetworkConfig> allNetworks() {
        Stream<NetworkConfig> added = actions.stream().map(ScheduledAction::action).filter(ScheduledAction.Action.AddNet.class::isInstance)
                .map(a -> ((ScheduledAction.Action.AddNet) a).network());
        return Stream.concat(networks.stream(), added).toList();
    }

    /** Refuses more memory than the host has. */
    static void checkHost(String what, long memory) {
        long host = HostMemory.physicalBytes();
        if (memory > host) {
            throw new UsageException(what + ": more than the " + Sizes.show(host) + " this host has");
        }
    }

    /** A number of processors from text. */
    static int cpus(String where, String text) {
        int cpus = text.matches("\\d{1,4}") ? Integer.parseInt(text) : 0;
        if (cpus < 1 || cpus > MOST_CPUS) {
            throw new UsageException(where + " " + text + ": from 1 to 64 processors can be given");
        }
        return cpus;
    }

    /** A serial port's destination, checked. */
    static String serial(String where, String text) {
        if (!text.equals("stdio") && !text.equals("none") && !text.matches("(file|socket):.+")) {
            throw new UsageException(where + " " + text + ": one of stdio, file:F, socket:F, none");
        }
        return text;
    }
}
