package dev.hv.cli.root.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.devices.integration.HostRecords.Parameter;
import java.util.List;
import org.junit.jupiter.api.Test;

class HostParametersTest {

    private static List<Parameter> of(String name, String host) {
        return HostParameters.of(new WorkerConfig(name, 1 << 20, 0, 1, false, true, host));
    }

    @Test
    void theRecordsAreThoseOfHyperVHosts() {
        assertThat(of("web", "server.example")).extracting(Parameter::key).containsExactly("HostName", "HostingSystemEditionId", "HostingSystemNestedLevel",
                "HostingSystemOsMajor", "HostingSystemOsMinor", "HostingSystemProcessorArchitecture", "HostingSystemProcessorIdleStateMax",
                "HostingSystemProcessorThrottleMax", "HostingSystemProcessorThrottleMin", "HostingSystemSpMajor", "HostingSystemSpMinor", "PhysicalHostName",
                "PhysicalHostNameFullyQualified", "VirtualMachineDynamicMemoryBalancingEnabled", "VirtualMachineId", "VirtualMachineName");
        assertThat(of("web", "server.example")).contains(new Parameter("HostName", "server.example"), new Parameter("PhysicalHostName", "SERVER"),
                new Parameter("PhysicalHostNameFullyQualified", "server.example"), new Parameter("VirtualMachineName", "web"));
    }

    @Test
    void theIdentityIsTheMachinesInEveryRun() {
        Parameter id = of("web", "hv").get(14);
        assertThat(id.value()).matches("[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}");
        assertThat(of("web", "other").get(14)).isEqualTo(id);
        assertThat(of("db", "hv").get(14)).isNotEqualTo(id);
    }
}
