package dev.hv.cpu.vmx;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.hv.cpu.apic.FakeApic;
import dev.hv.cpu.execute.RunResult;
import dev.hv.cpu.instructions.Msrs;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.GuestFault;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A hypervisor gives random VMCS fields, EPT entries, MSRs and posted interrupts to a guest with random code and page tables: entries fail as
 * the manual says or the guest runs into faults and exits, and nothing else happens. {@code -Dhv.fuzz.seconds=N} goes on with other seeds.
 */
class VmxFuzzTest {

    private static final int[] FIELDS = VmcsField.all();
    private static final int ROUNDS = 40;
    private static final int BYTES = 4096;
    private static final int BUDGET = 400;
    private static final int[] MSRS = {0x10, 0x1B, 0x3A, 0x3B, 0x174, 0x175, 0x176, 0x1A0, 0x1D9, 0x200, 0x277, 0x2FF, 0x400, 0x480, 0x48B, 0x491, 0x6E0, 0x808, 0x80B,
        0x830, 0x83F, 0xDA0, 0xC0000080, 0xC0000081, 0xC0000082, 0xC0000100, 0xC0000103};

    private VmxFixture f;
    private FakeApic apic;

    private void fresh() {
        if (f != null) {
            f.close();
        }
        f = new VmxFixture();
        apic = new FakeApic(f.c);
        f.c.apic = apic;
        // whatever is entered is found busy with something
        f.with(VmcsField.PRIMARY_CONTROLS, 1 << 21);
        f.w(VmcsField.VIRTUAL_APIC_ADDRESS, VmxFixture.VIRTUAL_APIC);
        f.w(VmcsField.POSTED_INTERRUPT_DESCRIPTOR, 0x9000);
        f.w(VmcsField.PML_ADDRESS, 0xA000);
        f.w(VmcsField.EPTP_LIST_ADDRESS, 0xB000);
        f.w(VmcsField.VE_INFORMATION_ADDRESS, 0xC000);
        f.put64(0xB000, VmxFixture.EPTP);
    }

    @FuzzTest
    void nothingThatAHypervisorSaysHarmsTheProcessor(byte[] data) {
        fresh();
        try {
            play(ByteBuffer.wrap(data));
        } finally {
            f.close();
            f = null;
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    @Timeout(value = 120, unit = TimeUnit.SECONDS)
    void randomFieldsTablesAndCode(int seed) {
        long end = System.nanoTime() + Long.getLong("hv.fuzz.seconds", 0) * 1_000_000_000L;
        Random random = new Random(seed);
        int entered = 0;
        byte[] data = new byte[BYTES];
        do {
            for (int i = 0; i < ROUNDS; i++) {
                fresh();
                random.nextBytes(data);
                entered += play(ByteBuffer.wrap(data));
            }
        } while (System.nanoTime() < end);
        f.close();
        f = null;
        assertThat(entered).as("guests that ran").isGreaterThan(ROUNDS);
    }

    /** Does what the bytes say; how often a guest was entered. */
    private int play(ByteBuffer data) {
        int entered = 0;
        while (data.remaining() >= 32) {
            switch (data.get() & 15) {
                case 0, 1, 2 -> f.unit.vmwrite(FIELDS[index(data, FIELDS.length)], value(data));
                case 3 -> flip(data);
                case 4 -> f.put64(VmxFixture.EPT_PML4 + 8 * index(data, 4 * 512), entry(data));
                case 5 -> f.put64(VmxFixture.GUEST + VmxFixture.GUEST_PML4 + 8 * index(data, 3 * 512), entry(data));
                case 6, 7 -> code(data);
                case 8 -> msr(data);
                case 9 -> apic.request(data.get() & 0xFF);
                case 10 -> f.c.gpr(data.get() & 15, value(data));
                case 11 -> f.put64(8 * index(data, 0xD000 / 8), value(data));
                case 12 -> instruction(data);
                default -> entered += enter();
            }
        }
        return entered + enter();
    }

    private static int index(ByteBuffer data, int below) {
        return (data.getShort() & 0xFFFF) % below;
    }

    private static long value(ByteBuffer data) {
        return switch (data.get() & 3) {
            case 0 -> data.getLong();
            case 1 -> 1L << (data.get() & 63);
            case 2 -> data.getShort() & 0xFFFF;
            default -> (data.getShort() & 0x3FFL) << 12;
        };
    }

    private static long entry(ByteBuffer data) {
        long odd = data.get() == 0 ? data.getLong() : 0;
        return (data.getShort() & 0x3FFL) << 12 | data.getShort() & 0xFFF | odd;
    }

    /** Changes one bit of a field: entries that fail for one thing alone. */
    private void flip(ByteBuffer data) {
        int field = FIELDS[index(data, FIELDS.length)];
        if (f.unit.checkField(field) == VmxError.NONE) {
            f.unit.vmwrite(field, f.unit.vmread(field) ^ 1L << (data.get() & 63));
        }
    }

    private void code(ByteBuffer data) {
        f.engine.clearCode();
        long at = 0x1000 + (data.get() & 31);
        for (int i = 0; i < 8; i++) {
            f.code(at + i, data.get() & 0xFF);
        }
    }

    private void msr(ByteBuffer data) {
        try {
            Msrs.write(f.c, MSRS[index(data, MSRS.length)], value(data));
        } catch (GuestFault refused) {
            assertThat(refused.vector).isEqualTo(13);
        }
    }

    private void instruction(ByteBuffer data) {
        long p = value(data);
        switch (data.get() & 7) {
            case 0 -> f.unit.vmclear(p);
            case 1 -> f.unit.vmptrld(p);
            case 2 -> f.unit.invept(data.get(), p);
            case 3 -> f.unit.invvpid(data.get(), data.getShort() & 0xFFFF, p);
            default -> {
                f.unit.vmclear(VmxFixture.VMCS);
                f.unit.vmptrld(VmxFixture.VMCS);
            }
        }
    }

    /** Enters, runs a little, and has an INIT end what still runs then; 1 when a guest was there. */
    private int enter() {
        Cpu c = f.c;
        int error = f.unit.vmcs.launched ? f.unit.resume() : f.unit.launch();
        if (error != VmxError.NONE) {
            assertThat(error).isIn(VmxError.INVALID, VmxError.ENTRY_CONTROLS, VmxError.ENTRY_HOST_STATE, VmxError.VMLAUNCH_NOT_CLEAR, VmxError.VMRESUME_NOT_LAUNCHED);
            return 0;
        }
        boolean guest = f.unit.inGuest();
        if (!guest) {
            // an entry that failed on guest state or MSRs has exited already
            assertThat(c.activity == Cpu.SHUTDOWN || (f.r(VmcsField.EXIT_REASON) & 0x80000000L) != 0).isTrue();
        }
        RunResult result = f.engine.run(BUDGET);
        if (f.unit.inGuest() && result != RunResult.VM_EXIT) {
            c.raise(Cpu.EVENT_INIT);
            result = f.engine.run(BUDGET);
        }
        if (f.unit.inGuest() || result != RunResult.VM_EXIT) {
            // it waits for a start-up IPI, or a VMX abort shut the processor down
            fresh();
        } else {
            int reason = (int) f.r(VmcsField.EXIT_REASON) & 0xFFFF;
            assertThat(reason).isBetween(0, ExitReason.XRSTORS);
            c.events &= ~Cpu.EVENT_INIT;
        }
        return guest ? 1 : 0;
    }
}
