package dev.hv.core.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.hypercall.HypercallContract;
import dev.hv.core.hypervisor.calls.CallTable;
import dev.hv.core.tlfs.HvPrivilege;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every error of shape of every hypercall, made by a child, and the status that the TLFS gives it ("Alignment requirements", "Hypercall inputs", "Common
 * hypercall status codes"). Sizes are those of the structures there, written down again.
 */
class HypercallShapeTest {

    private static final long INVALID_HYPERCALL_INPUT = 3;
    private static final long INVALID_ALIGNMENT = 4;
    private static final long INVALID_PARAMETER = 5;
    private static final long ACCESS_DENIED = 6;
    private static final int MOST_REPETITIONS = 0xFFF;
    private static final int PAGE = 0x1000;
    private static final int REGISTERS = 112;
    private static final int[] RESERVED = {27, 28, 29, 30, 31, 44, 45, 46, 47, 60, 61, 62, 63};

    /**
     * Code; bytes of input and output; whether a variable header may follow; bytes of input and output of a repetition, -1 for none; whether only a
     * parent may call.
     */
    private enum Call {
        FLUSH_SPACE(0x02, 24, 0, false, -1, -1, false),
        FLUSH_LIST(0x03, 24, 0, false, 8, 0, false),
        PROCESSOR_RUN_TIME(0x04, 8, 32, false, -1, -1, true),
        LONG_SPIN_WAIT(0x08, 8, 0, false, -1, -1, false),
        CLUSTER_IPI(0x0B, 16, 0, false, -1, -1, false),
        FLUSH_SPACE_EX(0x13, 32, 0, true, -1, -1, false),
        FLUSH_LIST_EX(0x14, 32, 0, true, 8, 0, false),
        CLUSTER_IPI_EX(0x15, 24, 0, true, -1, -1, false),
        CREATE_PARTITION(0x40, 56, 8, false, -1, -1, true),
        INITIALIZE_PARTITION(0x41, 8, 0, false, -1, -1, true),
        FINALIZE_PARTITION(0x42, 8, 0, false, -1, -1, true),
        DELETE_PARTITION(0x43, 8, 0, false, -1, -1, true),
        GET_PROPERTY(0x44, 16, 8, false, -1, -1, false),
        SET_PROPERTY(0x45, 24, 0, false, -1, -1, true),
        PARTITION_ID(0x46, 0, 8, false, -1, -1, false),
        DEPOSIT(0x48, 8, 0, false, 8, 0, true),
        WITHDRAW(0x49, 16, 0, false, 0, 8, true),
        MAP_PAGES(0x4B, 24, 0, false, 8, 0, true),
        UNMAP_PAGES(0x4C, 24, 0, false, 0, 0, true),
        INSTALL_INTERCEPT(0x4D, 24, 0, false, -1, -1, true),
        CREATE_PROCESSOR(0x4E, 40, 0, false, -1, -1, true),
        DELETE_PROCESSOR(0x4F, 16, 0, false, -1, -1, true),
        GET_REGISTERS(0x50, 16, 0, false, 4, 16, false),
        SET_REGISTERS(0x51, 16, 0, false, 32, 0, false),
        TRANSLATE(0x52, 32, 16, false, -1, -1, true),
        CLEAR_INTERRUPT(0x56, 8, 0, false, -1, -1, true),
        DELETE_PORT(0x58, 16, 0, false, -1, -1, true),
        DISCONNECT_PORT(0x5B, 16, 0, false, -1, -1, true),
        POST_MESSAGE(0x5C, 256, 0, false, -1, -1, false),
        SIGNAL_EVENT(0x5D, 8, 0, false, -1, -1, false),
        MAP_OWN_STATISTICS(0x6C, 24, 8, false, -1, -1, true),
        UNMAP_STATISTICS(0x6D, 24, 0, false, -1, -1, true),
        SET_SYSTEM_PROPERTY(0x6F, 16, 0, false, -1, -1, true),
        ADD_PROCESSOR(0x76, 16, 56, false, -1, -1, true),
        GET_SYSTEM_PROPERTY(0x7B, 8, 8, false, -1, -1, true),
        MAP_DEVICE_INTERRUPT(0x7C, 72, 16, true, -1, -1, true),
        UNMAP_DEVICE_INTERRUPT(0x7D, 32, 0, false, -1, -1, true),
        RETARGET(0x7E, 56, 0, true, -1, -1, false),
        ATTACH_DEVICE(0x82, 40, 0, false, -1, -1, true),
        DETACH_DEVICE(0x83, 16, 0, false, -1, -1, true),
        SLEEP(0x84, 8, 0, false, -1, -1, true),
        PARTITION_EVENT(0x87, 8, 0, false, -1, -1, true),
        RING_EMPTY(0x8B, 8, 0, false, -1, -1, true),
        INTERCEPT_RESULT(0x91, 64, 0, false, -1, -1, true),
        TAKE_INTERCEPT_RESULT_BACK(0x92, 32, 0, false, -1, -1, true),
        ASSERT_INTERRUPT(0x94, 32, 0, false, -1, -1, true),
        CREATE_PORT(0x95, 56, 0, false, -1, -1, true),
        CONNECT_PORT(0x96, 72, 0, false, -1, -1, true),
        START_PROCESSOR(0x99, 240, 0, false, -1, -1, false),
        INDEX_FROM_APIC_ID(0x9A, 16, 0, false, 4, 4, false),
        FLUSH_GUEST_SPACE(0xAF, 16, 0, false, -1, -1, false),
        FLUSH_GUEST_LIST(0xB0, 16, 0, false, 8, 0, false),
        SIGNAL_DIRECT(0xC0, 16, 8, false, -1, -1, true),
        POST_DIRECT(0xC1, 280, 0, false, -1, -1, true),
        DISPATCH(0xC2, 32, 8, false, -1, -1, true),
        ACCESS_STATES(0xC9, 24, 0, false, 0, 1, true),
        MAP_STATE_PAGE(0xE1, 24, 8, false, -1, -1, true),
        UNMAP_STATE_PAGE(0xE2, 16, 0, false, -1, -1, true),
        GET_STATE(0xE3, 40, 200, true, -1, -1, true),
        SET_STATE(0xE4, 40, 0, true, -1, -1, true),
        CPUID_VALUES(0xF4, 24, 0, false, 24, 16, true),
        GET_PROPERTY_EX(0x101, 24, 16, false, -1, -1, true),
        MMIO_READ(0x106, 16, 64, false, -1, -1, false),
        MMIO_WRITE(0x107, 80, 0, false, -1, -1, false),
        MAP_STATISTICS(0x131, 32, 8, false, -1, -1, true),
        QUERY_CAPABILITIES(0x8001, 0, 8, false, -1, -1, false),
        HEAT_HINT(0x8003, 8, 0, false, 8, 0, false);

        private final int code;
        private final int input;
        private final int output;
        private final boolean variable;
        private final int elementIn;
        private final int elementOut;
        private final boolean parents;

        Call(int code, int input, int output, boolean variable, int elementIn, int elementOut, boolean parents) {
            this.code = code;
            this.input = input;
            this.output = output;
            this.variable = variable;
            this.elementIn = elementIn;
            this.elementOut = elementOut;
            this.parents = parents;
        }

        private boolean repeats() {
            return elementIn >= 0;
        }

        private int count() {
            return repeats() ? 1 : 0;
        }

        /** A control word without fault. */
        private long control() {
            return HypercallRig.control(code, 0, count(), 0);
        }

        /** Who may not call hears that first. */
        private long withoutMemory() {
            return parents ? ACCESS_DENIED : INVALID_PARAMETER;
        }

        private int inputBytes(int count) {
            return input + (repeats() ? count * elementIn : 0);
        }

        private int outputBytes(int count) {
            return output + (repeats() ? count * elementOut : 0);
        }

        /** Whether these repetitions fit into registers, output behind the 16 bytes with which input ends. */
        private boolean fitsRegisters(int count) {
            int in = inputBytes(count);
            int out = outputBytes(count);
            return in <= REGISTERS && (out == 0 || (in + 15 & -16) + out <= REGISTERS);
        }
    }

    private final HypercallRig rig = new HypercallRig(1, HvPrivilege.CHILD_LIMIT);

    @AfterEach
    void close() {
        rig.close();
    }

    private long status(long control, long input, long output) {
        return rig.call(control, input, output) & 0xFFFF;
    }

    private long status(long control) {
        return status(control, HypercallRig.INPUT, HypercallRig.OUTPUT);
    }

    @Test
    void thereAreNoOtherCalls() {
        assertThat(CallTable.contracts(rig.rig.hypervisor.partitions())).extracting(HypercallContract::code)
                .containsExactlyInAnyOrderElementsOf(Arrays.stream(Call.values()).map(c -> c.code).toList());
    }

    @ParameterizedTest
    @EnumSource
    void aCallOfRightShapeIsNotRefusedForIt(Call c) {
        assertThat(status(c.control())).isNotIn(2L, INVALID_HYPERCALL_INPUT, INVALID_ALIGNMENT);
    }

    @ParameterizedTest
    @EnumSource
    void reservedBitsOfTheControlWord(Call c) {
        for (int bit : RESERVED) {
            assertThat(status(c.control() | 1L << bit)).as("bit %d", bit).isEqualTo(INVALID_HYPERCALL_INPUT);
            assertThat(status(c.control() | 1L << bit | HypercallRig.FAST)).as("fast, bit %d", bit).isEqualTo(INVALID_HYPERCALL_INPUT);
        }
    }

    @ParameterizedTest
    @EnumSource
    void repetitions(Call c) {
        int[][] wrong = c.repeats() ? new int[][] {{0, 0}, {1, 1}, {2, 2}, {1, 2}, {0, 1}, {0xFFE, 0xFFF}} : new int[][] {{1, 0}, {0, 1}, {0xFFF, 0}, {2, 1}};
        for (int[] w : wrong) {
            assertThat(status(HypercallRig.control(c.code, 0, w[0], w[1]))).as("count %d start %d", w[0], w[1]).isEqualTo(INVALID_HYPERCALL_INPUT);
        }
    }

    @ParameterizedTest
    @EnumSource
    void variableHeader(Call c) {
        for (int quads : new int[] {1, 2, 0x3FF}) {
            long control = c.control() | (long) quads << 17;
            long expected = c.variable && quads < 8 ? 0 : c.variable ? INVALID_ALIGNMENT : INVALID_HYPERCALL_INPUT;
            if (expected == 0) {
                assertThat(status(control)).isNotIn(INVALID_HYPERCALL_INPUT, INVALID_ALIGNMENT);
            } else {
                assertThat(status(control)).as("%d quadwords", quads).isEqualTo(expected);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void placeOfInput(Call c) {
        int bytes = c.inputBytes(c.count());
        for (long wrong : places(bytes, HypercallRig.INPUT)) {
            long expected = bytes == 0 ? -1 : INVALID_ALIGNMENT;
            refused(expected, status(c.control(), wrong, HypercallRig.OUTPUT), "input at %#x".formatted(wrong));
        }
        if (bytes > 0) {
            assertThat(status(c.control(), HypercallRig.NO_MEMORY, HypercallRig.OUTPUT)).isEqualTo(c.withoutMemory());
        }
    }

    @ParameterizedTest
    @EnumSource
    void placeOfOutput(Call c) {
        int bytes = c.outputBytes(c.count());
        for (long wrong : places(bytes, HypercallRig.OUTPUT)) {
            long expected = bytes == 0 ? -1 : INVALID_ALIGNMENT;
            refused(expected, status(c.control(), HypercallRig.INPUT, wrong), "output at %#x".formatted(wrong));
        }
        if (bytes > 0) {
            assertThat(status(c.control(), HypercallRig.INPUT, HypercallRig.NO_MEMORY)).isEqualTo(c.withoutMemory());
            assertThat(status(c.control(), HypercallRig.INPUT, HypercallRig.CODE_PAGE)).as("cannot be written").isEqualTo(c.withoutMemory());
        }
    }

    /** Not aligned; over the end of the page; beyond the guest-physical space. */
    private static long[] places(int bytes, long page) {
        // eight bytes that are aligned do not cross a page
        long crossing = bytes > 8 ? page + PAGE - (bytes + 7 & -8) + 8 : page + PAGE - 4;
        return new long[] {page + 1, page + 4, page + 7, crossing, page + PAGE - 1, 1L << 46, 1L << 52, -8, Long.MIN_VALUE};
    }

    /** Expects a status, or with -1 none that is about places: an address of nothing does not count. */
    private static void refused(long expected, long status, String what) {
        if (expected < 0) {
            assertThat(status).as(what).isNotIn(INVALID_HYPERCALL_INPUT, INVALID_ALIGNMENT);
        } else {
            assertThat(status).as(what).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @EnumSource
    void listsThatEndWithTheirPage(Call c) {
        int in = c.inputBytes(c.count());
        int out = c.outputBytes(c.count());
        long input = HypercallRig.INPUT + PAGE - (in + 7 & -8);
        long output = HypercallRig.OUTPUT + PAGE - (out + 7 & -8);
        assertThat(status(c.control(), input, output)).isNotIn(INVALID_HYPERCALL_INPUT, INVALID_ALIGNMENT);
    }

    @ParameterizedTest
    @EnumSource
    void listsLongerThanAPage(Call c) {
        int most = c.elementIn > 0 ? (PAGE - c.input) / c.elementIn : Integer.MAX_VALUE;
        most = c.elementOut > 0 ? Math.min(most, PAGE / c.elementOut) : most;
        // a page has room for as many bytes as the control word has repetitions
        if (most < MOST_REPETITIONS) {
            assertThat(status(HypercallRig.control(c.code, 0, MOST_REPETITIONS, 0))).isEqualTo(INVALID_ALIGNMENT);
            assertThat(status(HypercallRig.control(c.code, 0, most + 1, 0))).isEqualTo(INVALID_ALIGNMENT);
            assertThat(status(HypercallRig.control(c.code, 0, most, most - 1))).isNotIn(INVALID_HYPERCALL_INPUT, INVALID_ALIGNMENT);
        }
    }

    @ParameterizedTest
    @EnumSource
    void parametersInRegisters(Call c) {
        for (int count = c.count(); count <= (c.repeats() ? 30 : 0); count++) {
            long status = rig.call(HypercallRig.control(c.code, 0, count, 0) | HypercallRig.FAST, 3, 5) & 0xFFFF;
            if (c.fitsRegisters(count)) {
                assertThat(status).as("count %d", count).isNotIn(INVALID_HYPERCALL_INPUT, INVALID_ALIGNMENT);
            } else {
                assertThat(status).as("count %d", count).isEqualTo(INVALID_HYPERCALL_INPUT);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void outputInRegistersTakesAPrivilege(Call c) {
        try (var poor = new HypercallRig(1, HvPrivilege.CHILD_LIMIT & ~HvPrivilege.FAST_OUTPUT)) {
            long status = poor.call(c.control() | HypercallRig.FAST, 3, 5) & 0xFFFF;
            if (c.outputBytes(c.count()) > 0 || !c.fitsRegisters(c.count())) {
                assertThat(status).isEqualTo(INVALID_HYPERCALL_INPUT);
            } else {
                assertThat(status).isNotIn(INVALID_HYPERCALL_INPUT, INVALID_ALIGNMENT);
            }
        }
    }
}
