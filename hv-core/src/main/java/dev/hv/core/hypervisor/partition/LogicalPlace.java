package dev.hv.core.hypervisor.partition;

import dev.hv.core.hypervisor.hardware.PhysicalProcessor;
import dev.hv.core.hypervisor.schedule.RunQueue;

/**
 * Where virtual processors run.
 *
 * @param processor the logical processor
 * @param queue who runs there
 */
public record LogicalPlace(PhysicalProcessor processor, RunQueue<VirtualProcessor> queue) {}
