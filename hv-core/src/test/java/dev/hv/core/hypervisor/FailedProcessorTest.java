package dev.hv.core.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.hypervisor.hardware.VmExit;
import dev.hv.core.hypervisor.partition.Partition;
import dev.hv.core.hypervisor.partition.VirtualProcessor;
import dev.hv.core.tlfs.HvCallCode;
import dev.hv.core.tlfs.HvDispatch;
import dev.hv.core.tlfs.HvInterceptMessage;
import dev.hv.core.tlfs.HvMessage;
import dev.hv.core.tlfs.HvPartitionProperty;
import dev.hv.core.tlfs.HvPrivilege;
import dev.hv.core.tlfs.HvRegister;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.core.tlfs.InterceptMessage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A processor of a guest's child that cannot go on: the guest hears why, may have it try again, and ends the partition as any other. */
class FailedProcessorTest {

    private static final int FREE = 0x40;
    private static final int PAGES = 64;
    private static final int MESSAGES = 0x8000;
    private static final long WHILE = 1_000_000;

    /** Why, and what the parent is to find. */
    private enum Failure {
        INVALID_REGISTERS(HvMessage.INVALID_VP_REGISTER_VALUE, HvInterceptMessage.VP_SIZE),
        UNSUPPORTED(HvMessage.UNSUPPORTED_FEATURE, HvInterceptMessage.UNSUPPORTED_SIZE),
        INTERNAL_ERROR(HvMessage.UNRECOVERABLE_EXCEPTION, HvInterceptMessage.HEADER_SIZE),
        TRIPLE_FAULT(HvMessage.UNRECOVERABLE_EXCEPTION, HvInterceptMessage.HEADER_SIZE);

        final int message;
        final int size;

        Failure(int message, int size) {
            this.message = message;
            this.size = size;
        }

        void prepare(FakeBackend.Context context) {
            switch (this) {
                case INVALID_REGISTERS -> context.exit(VmExit.Kind.ENTRY_FAILED, e -> e.detail = "for a test");
                case UNSUPPORTED -> context.exit(VmExit.Kind.UNSUPPORTED, e -> e.detail = "for a test");
                case INTERNAL_ERROR -> context.exit(VmExit.Kind.CPUID, e -> {
                    throw new IllegalStateException("for a test");
                });
                case TRIPLE_FAULT -> context.exit(VmExit.Kind.TRIPLE_FAULT, e -> { });
            }
        }
    }

    private final HypercallRig rig = new HypercallRig(1, HvPrivilege.ROOT_GUEST, 1);
    private final Partition root = rig.partition;

    @BeforeEach
    void listen() {
        assertThat(rig.rig.winHv.reserve(root.id(), 64)).isEqualTo(HvStatus.SUCCESS);
        rig.vp(0).synic().setControl(1);
        assertThat(rig.vp(0).synic().setMessagePage(MESSAGES | 1)).isTrue();
        assertThat(rig.vp(0).synic().setSint(0, 0x30)).isTrue();
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private HvStatus call(long control, long... input) {
        rig.input(new long[16]);
        rig.input(input);
        return HvStatus.of((int) rig.slow(control) & 0xFFFF);
    }

    private void set(long id, int vp, int register, long value) {
        assertThat(call(HypercallRig.control(HvCallCode.SET_VP_REGISTERS, 0, 1, 0), id, vp, register, 0, value, 0)).isEqualTo(HvStatus.SUCCESS);
    }

    /** A child with two processors, of which the first may run. */
    private long child() {
        assertThat(call(HvCallCode.CREATE_PARTITION, HvPartitionProperty.CREATE_LAPIC)).isEqualTo(HvStatus.SUCCESS);
        long id = rig.peek(HypercallRig.OUTPUT);
        long[] deposit = new long[1 + PAGES];
        deposit[0] = id;
        for (int i = 1; i < deposit.length; i++) {
            deposit[i] = FREE + i;
        }
        assertThat(call(HypercallRig.control(HvCallCode.DEPOSIT_MEMORY, 0, PAGES, 0), deposit)).isEqualTo(HvStatus.SUCCESS);
        assertThat(call(HvCallCode.INITIALIZE_PARTITION, id)).isEqualTo(HvStatus.SUCCESS);
        assertThat(call(HvCallCode.CREATE_VP, id, 0)).isEqualTo(HvStatus.SUCCESS);
        assertThat(call(HvCallCode.CREATE_VP, id, 1)).isEqualTo(HvStatus.SUCCESS);
        return id;
    }

    private VirtualProcessor vp(long id, int index) {
        return rig.rig.hypervisor.partitions().get(id).processors().get(index);
    }

    private FakeBackend.Context context(long id, int index) {
        return (FakeBackend.Context) vp(id, index).context();
    }

    /** Runs whoever can, for a while. */
    private void pass() {
        rig.rig.clock.timer("end", rig.rig.machine::powerOff).arm(rig.rig.clock.nanos() + WHILE);
        rig.rig.run(WHILE);
    }

    private void stands(long id, int index, Failure failure) {
        InterceptMessage m = vp(id, index).intercepts().message();
        assertThat(m.type()).isEqualTo(failure.message);
        assertThat(m.get(HvMessage.PAYLOAD_SIZE, 1)).isEqualTo(failure.size);
        assertThat(m.partition()).isEqualTo(id);
        assertThat(m.vpIndex()).isEqualTo(index);
        if (failure == Failure.UNSUPPORTED) {
            assertThat(m.get(HvInterceptMessage.UNSUPPORTED_CODE, 8)).as("an intercept, without a parameter").isEqualTo(HvInterceptMessage.UNSUPPORTED_INTERCEPT);
        } else if (failure == Failure.INVALID_REGISTERS) {
            assertThat(m.get(HvInterceptMessage.VP_INDEX + 4, 4)).as("reserved").isZero();
        }
        assertThat(vp(id, index).scheduling().interceptSuspended()).isTrue();
        assertThat(vp(id, index).partition().state()).isEqualTo(Partition.State.ACTIVE);
    }

    private void endsAsAnyOther(long id) {
        assertThat(call(HvCallCode.FINALIZE_PARTITION, id)).isEqualTo(HvStatus.SUCCESS);
        assertThat(call(HypercallRig.control(HvCallCode.WITHDRAW_MEMORY, 0, PAGES + 1, 0), id, 0)).isEqualTo(HvStatus.NO_RESOURCES);
        assertThat(call(HvCallCode.DELETE_PARTITION, id)).isEqualTo(HvStatus.SUCCESS);
        assertThat(rig.child.stop).as("the parent goes on").isNull();
    }

    @ParameterizedTest
    @EnumSource
    void aParentWhoseChildrenTheHypervisorRunsHearsByMessage(Failure failure) {
        long id = child();
        failure.prepare(context(id, 0));
        vp(id, 0).scheduling().activate();
        set(id, 0, HvRegister.EXPLICIT_SUSPEND, 0);
        for (int again = 0; again < 2; again++) {
            pass();
            stands(id, 0, failure);
            assertThat((int) rig.peek(MESSAGES)).as("which its parent is told").isEqualTo(HvMessage.OPAQUE_INTERCEPT);
            assertThat(rig.peek(MESSAGES + HvMessage.SENDER)).isEqualTo(id);
            rig.quads(MESSAGES, 0);
            failure.prepare(context(id, 0));
            set(id, 0, HvRegister.INTERCEPT_SUSPEND, 0);
        }
        // another one of the partition runs all the same
        failure.prepare(context(id, 1));
        vp(id, 1).scheduling().activate();
        set(id, 1, HvRegister.EXPLICIT_SUSPEND, 0);
        pass();
        stands(id, 1, failure);
        endsAsAnyOther(id);
    }

    private long dispatch(long id, int index, int flags) {
        rig.input(new long[16]);
        rig.input(id, index | (long) flags << 32, 0, 0);
        rig.slow(HvCallCode.DISPATCH_VP);
        if (vp(id, index).scheduling().dispatch().dispatched()) {
            // the call is executed again when the child's processor can go on no more; then the caller halts
            rig.context(0).exit(VmExit.Kind.HYPERCALL, e -> { });
            rig.context(0).exit(VmExit.Kind.HLT, e -> { });
            rig.vp(0).scheduling().activate();
            assertThat(rig.rig.winHv.startVp(root.id(), 0)).isEqualTo(HvStatus.SUCCESS);
            pass();
        }
        assertThat(HvStatus.of((int) rig.context(0).gpr[HypercallRig.RAX] & 0xFFFF)).isEqualTo(HvStatus.SUCCESS);
        return rig.peek(HypercallRig.OUTPUT);
    }

    @ParameterizedTest
    @EnumSource
    void aParentThatRunsItsChildrenItselfHearsByItsCall(Failure failure) {
        assertThat(rig.rig.winHv.setPartitionProperty(root.id(), HvPartitionProperty.INTEGRATED_SCHEDULER, 1)).isEqualTo(HvStatus.SUCCESS);
        long id = child();
        vp(id, 0).scheduling().activate();
        set(id, 0, HvRegister.EXPLICIT_SUSPEND, 0);
        failure.prepare(context(id, 0));
        assertThat(dispatch(id, 0, 0)).isEqualTo(HvDispatch.READY | (long) HvDispatch.INTERCEPT << 32);
        stands(id, 0, failure);
        assertThat(dispatch(id, 0, 0)).as("not answered").isEqualTo(HvDispatch.READY | (long) HvDispatch.INTERCEPT << 32);
        failure.prepare(context(id, 0));
        assertThat(dispatch(id, 0, HvDispatch.CLEAR_INTERCEPT_SUSPEND)).as("tried again").isEqualTo(HvDispatch.READY | (long) HvDispatch.INTERCEPT << 32);
        assertThat(context(id, 0).exits).isEmpty();
        stands(id, 0, failure);
        vp(id, 1).scheduling().activate();
        set(id, 1, HvRegister.EXPLICIT_SUSPEND, 0);
        failure.prepare(context(id, 1));
        assertThat(dispatch(id, 1, 0)).as("another one").isEqualTo(HvDispatch.READY | (long) HvDispatch.INTERCEPT << 32);
        assertThat((int) rig.peek(MESSAGES)).as("no message").isZero();
        endsAsAnyOther(id);
    }
}
