package dev.hv.cli.root.worker;

import dev.hv.devices.integration.HostRecords.Parameter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.UUID;

/** What a guest finds about its host and itself among the key-value pairs: the names and forms are those of Hyper-V hosts. */
final class HostParameters {

    /** PRODUCT_DATACENTER_SERVER. */
    private static final String EDITION = "8";
    /** PROCESSOR_ARCHITECTURE_AMD64. */
    private static final String ARCHITECTURE = "9";
    /** The same as in the CPUID leaf of the hypervisor's version. */
    private static final String MAJOR = "10";
    private static final String MINOR = "0";
    private static final String NONE = "0";
    /** Percent of the highest frequency. */
    private static final String FULL_SPEED = "100";

    private HostParameters() {}

    /** The parameters of a machine, in the order in which hosts write them. */
    static List<Parameter> of(WorkerConfig config) {
        String host = config.hostName();
        int dot = host.indexOf('.');
        String first = dot > 0 ? host.substring(0, dot) : host;
        return List.of(
                new Parameter("HostName", host),
                new Parameter("HostingSystemEditionId", EDITION),
                new Parameter("HostingSystemNestedLevel", NONE),
                new Parameter("HostingSystemOsMajor", MAJOR),
                new Parameter("HostingSystemOsMinor", MINOR),
                new Parameter("HostingSystemProcessorArchitecture", ARCHITECTURE),
                new Parameter("HostingSystemProcessorIdleStateMax", NONE),
                new Parameter("HostingSystemProcessorThrottleMax", FULL_SPEED),
                new Parameter("HostingSystemProcessorThrottleMin", FULL_SPEED),
                new Parameter("HostingSystemSpMajor", NONE),
                new Parameter("HostingSystemSpMinor", NONE),
                new Parameter("PhysicalHostName", first.toUpperCase(Locale.ROOT)),
                new Parameter("PhysicalHostNameFullyQualified", host),
                new Parameter("VirtualMachineDynamicMemoryBalancingEnabled", NONE),
                new Parameter("VirtualMachineId", id(config.name())),
                new Parameter("VirtualMachineName", config.name()));
    }

    /** Equal for equal machines of equal runs. */
    private static String id(String name) {
        return UUID.nameUUIDFromBytes(("machine-" + name).getBytes(StandardCharsets.UTF_8)).toString().toUpperCase(Locale.ROOT);
    }
}
